package dev.tenon.cache;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Patch;
import dev.tenon.core.Problem;
import dev.tenon.core.Repository;
import dev.tenon.core.Session;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A repository whose rows are found by their identifier through the cache.
 *
 * <p>Cached are {@link #find} and {@link #get} outside a transaction, and the results of {@link
 * #queries} where they {@linkplain #withQueries have a cache}. The writes of this class invalidate
 * in the transaction of their row, so that a rollback forgets nothing and a commit is known when
 * the call, or its transaction, returns. One that meets another version, or no row, forgets what is
 * cached at once, so that it can be read again. Whatever else the repository can do is done by
 * {@link #repository}: what it reads is not cached, and for what it writes {@link #invalidate} is
 * the caller's.
 *
 * <p>An identifier that the server compares otherwise than Java does, such as {@code citext} or
 * {@code char(n)}, is passed in one spelling: each has a value of its own in the cache. Safe for
 * use by many threads.
 *
 * @param <T> the records
 * @param <I> the identifiers
 */
public final class CachedRepository<T, I> {

  private static final String OF = "CachedRepository.of";

  private final Repository<T, I> repository;
  private final EntityCache<I, T> cache;
  private final Function<? super T, ? extends I> identifier;
  private final @Nullable CachedQueries<T> queries;

  private CachedRepository(
      Repository<T, I> repository,
      EntityCache<I, T> cache,
      Function<? super T, ? extends I> identifier,
      @Nullable CachedQueries<T> queries) {
    this.repository = repository;
    this.cache = cache;
    this.identifier = identifier;
    this.queries = queries;
  }

  /**
   * The repository through this cache, which nothing else may fill.
   *
   * @param identifier of a record, as {@code Host::id}
   */
  public static <T, I> CachedRepository<T, I> of(
      Repository<T, I> repository,
      EntityCache<I, T> cache,
      Function<? super T, ? extends I> identifier) {
    return new CachedRepository<>(
        Required.require(repository, "repository", OF),
        Required.require(cache, "cache", OF),
        Required.require(identifier, "identifier", OF),
        null);
  }

  /**
   * The same with {@link #queries}, whose results end with each write of the one that is returned,
   * in any process; the one that this is called on does not know of them.
   *
   * @param results of {@link Codec#jsonList}, which nothing else may fill
   */
  public CachedRepository<T, I> withQueries(EntityCache<String, List<T>> results) {
    Required.require(results, "results", "CachedRepository.withQueries");
    return new CachedRepository<>(
        repository, cache, identifier, new CachedQueries<>(repository, results));
  }

  /**
   * The queries of this repository through their cache.
   *
   * @throws UsageException if it has none
   */
  public CachedQueries<T> queries() {
    if (queries == null) {
      throw new UsageException(
          Problem.what("the results of queries were asked for, which have no cache")
              .where("CachedRepository.queries")
              .why("rows and results are cached under names and policies of their own")
              .fix("make it withQueries(cache.entity(name, String.class, Codec.jsonList(…), …))"));
    }
    return queries;
  }

  /**
   * {@link Repository#find}, through the cache. Absence is cached where its policy has a
   * {@linkplain CachePolicy#withNegativeTtl time} for it, and asked for otherwise.
   */
  public Optional<T> find(Session session, I key) {
    return cache.find(session, key, missing -> repository.find(session, missing));
  }

  /** {@link Repository#get}, through the cache. Absence is asked for each time. */
  public T get(Session session, I key) {
    return cache.get(session, key, missing -> repository.get(session, missing));
  }

  /**
   * {@link Repository#insert}.
   *
   * @throws InvalidDataException if the record has no identifier, before any I/O
   */
  public void insert(Session session, T record) {
    I key = identifier.apply(Required.require(record, "record", "CachedRepository.insert"));
    if (key == null) {
      throw new InvalidDataException(
          Problem.what("the identifier of the record is null")
              .where("CachedRepository.insert")
              .why("what the server makes of it is not read, and nothing cached could be forgotten")
              .fix("use repository().insertReturning, and invalidate the identifier it returns"));
    }
    var unused =
        write(
            session,
            key,
            transaction -> {
              repository.insert(transaction, record);
              return Boolean.TRUE;
            });
  }

  /** {@link Repository#update}. */
  public T update(Session session, T record) {
    return write(
        session, identifier.apply(record), transaction -> repository.update(transaction, record));
  }

  /** {@link Repository#patch(Session, Object, Patch)}. */
  public T patch(Session session, I key, Patch patch) {
    return write(session, key, transaction -> repository.patch(transaction, key, patch));
  }

  /** {@link Repository#patch(Session, Object, Patch, long)}. */
  public T patch(Session session, I key, Patch patch, long expectedVersion) {
    return write(
        session, key, transaction -> repository.patch(transaction, key, patch, expectedVersion));
  }

  /** {@link Repository#upsert(Session, Object)}, by the identifier. */
  public T upsert(Session session, T record) {
    return write(
        session, identifier.apply(record), transaction -> repository.upsert(transaction, record));
  }

  /** {@link Repository#delete}. */
  public boolean delete(Session session, I key) {
    return write(session, key, transaction -> repository.delete(transaction, key));
  }

  /**
   * {@link EntityCache#invalidate(Session, Object)}, and {@link CachedQueries#invalidate}, for what
   * was written another way.
   */
  public void invalidate(Session session, I key) {
    cache.invalidate(session, key);
    if (queries != null) {
      queries.invalidate(session);
    }
  }

  /** The repository itself, which knows nothing of the cache. */
  public Repository<T, I> repository() {
    return repository;
  }

  /** What its cache did in this process. */
  public CacheStatistics statistics() {
    return cache.statistics();
  }

  /** Outside a transaction in one of its own, which the invalidation's event shares. */
  private <R> R write(Session session, I key, Transaction.Work<R, RuntimeException> work) {
    try {
      return written(session, key, work);
    } catch (StaleVersionException | NotFoundException other) {
      // Who reads again must find what made it fail, whatever becomes of the transaction.
      cache.forget(session, key);
      if (queries != null) {
        queries.forget(session);
      }
      throw other;
    }
  }

  private <R> R written(Session session, I key, Transaction.Work<R, RuntimeException> work) {
    return session instanceof Transaction transaction
        ? writtenIn(transaction, key, work)
        : session.transactionResult(transaction -> writtenIn(transaction, key, work));
  }

  private <R> R writtenIn(
      Transaction transaction, I key, Transaction.Work<R, RuntimeException> work) {
    R result = work.run(transaction);
    invalidate(transaction, key);
    return result;
  }
}
