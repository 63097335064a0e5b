package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.TextLeg;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.Field;

/**
 * A search of one tenant's rows: described step by step, run by {@link #fetch} and {@link #facets}.
 *
 * <p>Each step returns a new query, so that one can be kept and refined. Safe for use by many
 * threads where its session is.
 *
 * @param <R> the record type of the hits
 */
public final class TextQuery<R> {

  private final TextIndex<?> index;
  private final SearchedRecords records;
  private final SearchedColumns<R> columns;
  private final Session session;
  private final TenantId tenant;
  private final Asked asked;
  private final SearchOptions options;

  TextQuery(
      TextIndex<?> index,
      SearchedRecords records,
      SearchedColumns<R> columns,
      Session session,
      TenantId tenant,
      Asked asked,
      SearchOptions options) {
    this.index = index;
    this.records = records;
    this.columns = columns;
    this.session = session;
    this.tenant = tenant;
    this.asked = asked;
    this.options = options;
  }

  /**
   * How many rows to return, 10 by default.
   *
   * @throws UsageException if less than 1 or more than 1000
   */
  public TextQuery<R> top(int rows) {
    return with(options.withTop(rows));
  }

  /** Only rows for which this holds, and all conditions given before. Its values are bound. */
  public TextQuery<R> where(Condition condition) {
    Required.require(condition, "condition", index.place("where"));
    return with(options.withFilter(condition));
  }

  /**
   * How many rows that match are rated, 10,000 by default, and at most returned. Where more match,
   * which of them are rated is not defined, and the result says that it is {@linkplain
   * TextResult#truncated() truncated}.
   *
   * @throws UsageException if less than 1 or more than 1,000,000
   */
  public TextQuery<R> ranked(int rows) {
    return with(options.withRanked(rows));
  }

  /**
   * With a passage of this column for each hit, about 15 to 35 words around what matched; none by
   * default. It is made of the rows that are returned only.
   *
   * @throws UsageException if it is no column that is searched, or texts are searched by similarity
   */
  public TextQuery<R> headline(Field<String> column) {
    String name = Required.require(column, "column", index.place("headline")).getName();
    if (!asked.hasHeadline() || !index.texts().containsKey(name)) {
      throw new UsageException(
          Problem.what("a headline of " + name + " was asked for")
              .where(index.place("headline"))
              .why("it marks words in a column that is searched for words")
              .fix("name one of " + index.texts().keySet() + " in a search or a prefix search"));
    }
    return with(options.withHeadline(name));
  }

  /**
   * Reads the hits into another record, whose components are columns of the search's own.
   *
   * @throws UsageException if a component has no column of its type in the search's record
   */
  public <V> TextQuery<V> into(Class<V> type) {
    Required.require(type, "type", index.place("into"));
    return new TextQuery<>(index, records, records.into(type), session, tenant, asked, options);
  }

  /**
   * Runs the search, in one round trip, also as the first statement of a transaction.
   *
   * @throws UsageException if the columns or the language that were declared are not there
   * @throws dev.tenon.core.ServerException if texts are searched by similarity and the extension
   *     pg_trgm is missing
   */
  public TextResult<R> fetch() {
    return run(
        "fetch", tuned -> new RankedRows<>(index, columns, asked, options).fetch(tuned, tenant));
  }

  /**
   * Counts all rows that match, by the values of these columns and attributes, in one round trip.
   * {@link #top} and {@link #ranked} have no effect on it.
   *
   * @param fields what was declared with {@link TextSearchBuilder#facets}
   * @throws UsageException if one of them was not
   */
  public Facets facets(Field<?>... fields) {
    Required.require(fields, "fields", index.place("facets"));
    String place = index.place("facets");
    Set<Property> named = new LinkedHashSet<>();
    for (Field<?> field : fields) {
      named.add(Property.of(Required.require(field, "field", place), place));
    }
    if (named.isEmpty() || !index.facets().containsAll(named)) {
      throw new UsageException(
          Problem.what("the facets " + named + " were asked for")
              .where(place)
              .why("declared are " + index.facets())
              .fix("name some of those, or call facets(column) before build()"));
    }
    FacetRows rows = new FacetRows(index, asked, options, named);
    return run("facets", tuned -> rows.fetch(tuned, tenant));
  }

  /**
   * Gives another module of Tenon what it needs of this query.
   *
   * @throws UsageException if it is not of that type
   */
  public <T> T unwrap(Class<T> type) {
    String place = index.place("unwrap");
    if (type != TextLeg.class) {
      throw new UsageException(
          Problem.what("a TextQuery cannot be unwrapped to " + type.getName())
              .where(place)
              .why("nothing of it is offered to applications")
              .fix("use fetch(), facets(…) or explain()"));
    }
    options.check(place);
    if (options.headline() != null) {
      throw new UsageException(
          Problem.what("a headline was asked of a search by words that is fused with another")
              .where(place)
              .why("the hits of both are records of the other search")
              .fix("leave it out; ask for it of the hits, by a search by words among their keys"));
    }
    return type.cast(
        new TextLeg(
            index.table(),
            tenant,
            options.filter().and(index.owned(tenant)).and(asked.matches()),
            asked.score(),
            options.ranked(),
            asked::tune));
  }

  /**
   * The plan that the server chooses for {@link #fetch}, as its EXPLAIN prints it; runs nothing.
   *
   * <p>It tells whether the index serves the words. Under row-level security and behind a fence
   * with a barrier it does not: the rows of the tenant are read and filtered.
   */
  public String explain() {
    return run(
        "explain",
        tuned -> new RankedRows<>(index, columns, asked, options).explain(tuned, tenant));
  }

  private <V> V run(String operation, SearchFaults.Work<V> work) {
    String place = index.place(operation);
    options.check(place);
    return SearchFaults.run(asked.tune(session), place, work);
  }

  private TextQuery<R> with(SearchOptions changed) {
    return new TextQuery<>(index, records, columns, session, tenant, asked, changed);
  }
}
