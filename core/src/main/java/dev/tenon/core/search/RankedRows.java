package dev.tenon.core.search;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.FetchedRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jooq.Cursor;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The statement that rates the rows that match and returns the best of them.
 *
 * <p>The rating has to look at every row that matches, so their number is bounded: one row more
 * than the bound tells that there are more. The headline is made of the rows that are returned, and
 * not of the others. One row comes back also where nothing matches, to say whether anything was
 * asked for.
 */
final class RankedRows<R> {

  private static final String SQL =
      """
      with candidate as materialized (
        select {0}, {1} as tenon_score
          from {2}
         where {3}
         limit {4}
      ), best as (
        select {0}, tenon_score, count(*) over () as tenon_matches
          from candidate
         order by tenon_score desc, {5}
         limit {6}
      )
      select {7}, tenon_score, tenon_matches, {8} as tenon_headline, tenon_empty
        from (select {9} as tenon_empty) asked
        left join best on true
       order by tenon_score desc, {5}""";

  private static final Field<Float> SCORE = DSL.field("tenon_score", SQLDataType.REAL);
  private static final Field<Long> MATCHES = DSL.field("tenon_matches", SQLDataType.BIGINT);
  private static final Field<String> HEADLINE = DSL.field("tenon_headline", SQLDataType.VARCHAR);
  private static final Field<Boolean> EMPTY = DSL.field("tenon_empty", SQLDataType.BOOLEAN);

  private final TextIndex<?> index;
  private final SearchedColumns<R> columns;
  private final Asked asked;
  private final SearchOptions options;

  RankedRows(TextIndex<?> index, SearchedColumns<R> columns, Asked asked, SearchOptions options) {
    this.index = index;
    this.columns = columns;
    this.asked = asked;
    this.options = options;
  }

  /** One row of the answer; without a hit where nothing matches. */
  private record Row<R>(@Nullable TextHit<R> hit, long matches, boolean empty) {}

  TextResult<R> fetch(Session session, TenantId tenant) {
    List<Field<?>> sent = new ArrayList<>(fields(columns.names()));
    sent.addAll(List.of(SCORE, MATCHES, HEADLINE, EMPTY));
    ResultQuery<Record> query =
        session.sql().resultQuery(SQL, parts(tenant)).coerce(sent.toArray(Field<?>[]::new));
    List<Row<R>> rows;
    try (Cursor<Record> cursor = query.fetchLazy()) {
      rows = FetchedRows.of(cursor, this::read, index.place("search")).all();
    }
    long matches = rows.get(0).matches();
    return new TextResult<>(
        rows.stream().map(Row::hit).filter(Objects::nonNull).toList(),
        matches,
        matches > options.ranked(),
        rows.get(0).empty());
  }

  String explain(Session session, TenantId tenant) {
    return String.join(
        "\n",
        session
            .sql()
            .resultQuery("explain " + SQL, parts(tenant))
            .coerce(DSL.field("plan", SQLDataType.VARCHAR))
            .fetch()
            .map(line -> String.valueOf(line.value1())));
  }

  private QueryPart[] parts(TenantId tenant) {
    Set<String> needed = new LinkedHashSet<>(columns.names());
    needed.add(index.id().getName());
    Field<String> headline = DSL.inline(null, SQLDataType.VARCHAR);
    if (options.headline() != null) {
      needed.add(options.headline());
      Property language = index.languages().property();
      if (language != null) {
        needed.add(language.column());
      }
      headline = asked.headline(options.headline());
    }
    return new QueryPart[] {
      DSL.list(fields(needed)),
      asked.score(),
      index.table(),
      options.filter().and(index.owned(tenant)).and(asked.matches()),
      DSL.inline(options.ranked() + 1L),
      index.id(),
      DSL.inline(Math.min(options.top(), options.ranked())),
      DSL.list(fields(columns.names())),
      headline,
      DSL.field(asked.isEmpty())
    };
  }

  private static List<Field<?>> fields(Iterable<String> names) {
    List<Field<?>> fields = new ArrayList<>();
    names.forEach(name -> fields.add(DSL.field(DSL.name(name))));
    return fields;
  }

  private Row<R> read(ResultSet row) throws SQLException {
    int next = columns.names().size() + 1;
    float score = row.getFloat(next);
    boolean found = !row.wasNull();
    long matches = row.getLong(next + 1);
    String headline = row.getString(next + 2);
    boolean empty = row.getBoolean(next + 3);
    return new Row<>(
        found ? new TextHit<>(columns.read(row), score, headline(headline)) : null, matches, empty);
  }

  private Optional<Headline> headline(@Nullable String marked) {
    return options.headline() == null
        ? Optional.empty()
        : Optional.of(Headline.parse(marked == null ? "" : marked));
  }
}
