package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The text of a search whose hits are read bit by bit.
 *
 * <p>That rows are missing cannot be asked afterwards with the ids of all hits, for nobody holds
 * them. So the statement itself looks, for its own snapshot, and says so with each row; with a row
 * of nothing else where there are no hits. The hits are sorted before the first is sent, so what a
 * transaction does while it reads them, other settings of the scan included, changes none.
 */
record StreamStatement<R>(IndexDefinition index, RecordColumns<R> columns) {

  /** What the template calls the vector. */
  private static final String VECTOR = "{2}";

  private static final String TEMPLATE =
      """
      with candidate as not materialized (
        select %1$s
          from %2$s
         where ({0}) and %3$s = {1} and %4$s is not null
      ), nearest as materialized (%5$s)
      select %6$s, tenon_distance, tenon_id, tenon_truncated
        from (select %7$s as tenon_truncated) verdict left join nearest on true
       order by tenon_distance + 0, tenon_id""";

  private static final String PASSED_OVER =
      """
      case when (select count(*) from nearest) < %d
           then exists (select from candidate
                         where not exists (select from nearest where tenon_id = candidate.%s))
           else false end""";

  /** A row of the answer: a hit, or none where nothing matches. */
  record Row<R>(@Nullable Hit<R> hit, boolean truncated) {}

  /**
   * Its columns are told to jOOQ, which would ask the server for them otherwise; nobody reads them
   * by these names.
   */
  ResultQuery<Record> query(DSLContext sql, SearchOptions options, TenantId tenant, Object vector) {
    return sql.resultQuery(template(options), parts(options, tenant, vector))
        .coerce(IntStream.range(0, columns.size() + 3).mapToObj(i -> DSL.field("c" + i)).toList());
  }

  Optional<String> explain(Session tuned, SearchOptions options, TenantId tenant, Object vector) {
    return options.explained()
        ? Optional.of(
            tuned
                .sql()
                .resultQuery("explain " + template(options), parts(options, tenant, vector))
                .fetch(0, String.class)
                .stream()
                .collect(Collectors.joining("\n")))
        : Optional.empty();
  }

  private QueryPart[] parts(SearchOptions options, TenantId tenant, Object vector) {
    Field<?> given =
        DSL.field(
            "cast({0} as " + index.table().space().columnType() + ")",
            DSL.val(EmbeddingBytes.text(vector), SQLDataType.CLOB));
    return new QueryPart[] {options.filter(), DSL.val(tenant.value()), given};
  }

  private String template(SearchOptions options) {
    VectorTable<?> table = index.table();
    NearestRows rows =
        new NearestRows(
            index, columns.names().stream().map(RecordColumns::quoted).toList(), VECTOR);
    String nearest =
        (options.exact() ? rows.exactly() : rows.byIndex())
                .replace(NearestRows.CANDIDATES, Integer.toString(options.candidatesToCompare()))
            + options.top();
    return TEMPLATE.formatted(
        String.join(", ", rows.needed()),
        table.name(),
        VectorTable.TENANT,
        table.embeddingColumn(),
        nearest,
        columns.sent(table.space()),
        options.exact() ? "false" : PASSED_OVER.formatted(options.top(), table.idColumn()));
  }

  Row<R> read(ResultSet row) throws SQLException {
    boolean truncated = row.getBoolean(columns.size() + 3);
    if (row.getString(columns.size() + 2) == null) {
      return new Row<>(null, truncated);
    }
    double distance = row.getDouble(columns.size() + 1);
    return new Row<>(
        new Hit<>(columns.read(row), distance, index.table().space().score(distance)), truncated);
  }
}
