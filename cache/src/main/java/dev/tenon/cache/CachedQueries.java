package dev.tenon.cache;

import dev.tenon.core.Repository;
import dev.tenon.core.Session;
import dev.tenon.core.internal.FilterText;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.Sha256;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.QueryPart;
import org.jooq.SQLDialect;
import org.jooq.SortField;
import org.jooq.impl.DSL;

/**
 * The results of a repository's queries through a cache, which end with the next write to its table
 * that the cache is told of.
 *
 * <p>Made by {@link CachedRepository#queries}. Two queries are the same where jOOQ writes the same
 * SQL for them, with their values; so a condition must not depend on the time at which it is asked.
 * In a transaction the repository answers. Safe for use by many threads.
 *
 * @param <T> the records
 */
public final class CachedQueries<T> {

  /** What each result ends with, whatever tags it has beside it. */
  static final String TABLE = "tenon:table";

  private static final DSLContext RENDERER = DSL.using(SQLDialect.POSTGRES);

  private final Repository<T, ?> repository;
  private final EntityCache<String, List<T>> cache;

  CachedQueries(Repository<T, ?> repository, EntityCache<String, List<T>> cache) {
    this.repository = repository;
    this.cache = cache;
  }

  /**
   * {@link Repository#list}, through the cache.
   *
   * @return unmodifiable
   * @throws dev.tenon.core.InvalidDataException if the condition has a text that cannot be sent
   */
  public List<T> list(Session session, Condition condition, SortField<?>... order) {
    return kept(
        session,
        identifier("list", "CachedQueries.list", condition, order),
        (same, context) -> repository.list(session, condition, order));
  }

  /** {@link Repository#top}, through the cache, as {@link #list} is. */
  public List<T> top(Session session, int limit, Condition condition, SortField<?>... order) {
    return kept(
        session,
        identifier("top " + limit, "CachedQueries.top", condition, order),
        (same, context) -> repository.top(session, limit, condition, order));
  }

  /**
   * The result of any query, under a name of the caller's.
   *
   * <p>What it reads beside the table of the repository is named by {@linkplain LoadContext#tag
   * tags}, and ended by {@link EntityCache#invalidateTag}.
   *
   * @param name with all that the result depends on, but the tenant
   * @return unmodifiable
   */
  public <X extends Exception> List<T> query(
      Session session, String name, ContextLoader<String, List<T>, X> loader) throws X {
    Required.require(name, "name", "CachedQueries.query");
    Required.require(loader, "loader", "CachedQueries.query");
    return kept(
        session,
        "query " + name,
        new Sources.AroundContextLoader<>(loader, (same, context) -> loader.load(name, context)));
  }

  /**
   * Makes every process forget the results of all queries once the work of the session is
   * committed; for writes to the table that no method of {@link CachedRepository} did.
   */
  public void invalidate(Session session) {
    cache.invalidateTag(session, TABLE);
  }

  /** What its cache did in this process. */
  public CacheStatistics statistics() {
    return cache.statistics();
  }

  /** Now, whatever becomes of the session's work. */
  void forget(Session session) {
    cache.forgetTag(session, TABLE);
  }

  private <X extends Exception> List<T> kept(
      Session session, String identifier, ContextLoader<String, List<T>, X> loader) throws X {
    return cache.get(
        session,
        identifier,
        new Sources.AroundContextLoader<>(
            loader, (same, context) -> List.copyOf(loader.load(identifier, context.tag(TABLE)))));
  }

  private static String identifier(
      String kind, String where, Condition condition, SortField<?>... order) {
    FilterText.requireEncodable(Required.require(condition, "condition", where), where);
    StringBuilder text = new StringBuilder(kind).append('\n').append(rendered(condition));
    for (SortField<?> field : Required.require(order, "order", where)) {
      text.append('\n').append(rendered(field));
    }
    return "rows " + Sha256.hex(text.toString());
  }

  private static String rendered(QueryPart part) {
    return RENDERER.renderInlined(part);
  }
}
