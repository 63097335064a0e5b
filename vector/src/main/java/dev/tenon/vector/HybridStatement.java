package dev.tenon.vector;

import dev.tenon.core.TenantId;
import dev.tenon.core.internal.TextLeg;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jooq.QueryPart;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The text of a search by two legs, and how its rows are read.
 *
 * <p>Each leg is limited by itself, so each is served by its own index; what both bring is joined
 * by id, and only the rows that are returned are read whole.
 */
record HybridStatement<R>(IndexDefinition index, RecordColumns<R> columns) {

  /**
   * What the templates call the vector, among the parts of {@link #query}: a sub-select, which the
   * server runs once. Of a plan that is kept for any vector it would read the text anew for each
   * row.
   */
  private static final String VECTOR = "{2}";

  private static final String TEMPLATE =
      """
      with candidate as not materialized (
        select %1$s
          from %2$s
         where ({0}) and %3$s = {1} and %4$s is not null
      ), vector_leg as (
        select tenon_id, tenon_distance,
               row_number() over (order by tenon_distance + 0, tenon_id) as tenon_rank,
               %5$s as tenon_part
          from (%6$s) nearest
      ), rated as materialized (
        select %7$s as tenon_id, cast({3} as double precision) as tenon_score
          from %2$s
         where {4}
         limit %8$d
      ), best as (
        select tenon_id, tenon_score from rated
         order by tenon_score desc, tenon_id
         limit %9$d
      ), text_leg as (
        select tenon_id, tenon_score,
               row_number() over (order by tenon_score desc, tenon_id) as tenon_rank,
               %10$s as tenon_part
          from best
      ), fused as (
        select coalesce(v.tenon_id, t.tenon_id) as tenon_id,
               coalesce(%11$s, 0) + coalesce(%12$s, 0) as tenon_fused,
               v.tenon_rank as tenon_vector_rank, v.tenon_distance as tenon_distance,
               t.tenon_rank as tenon_text_rank, t.tenon_score as tenon_score
          from vector_leg v full join text_leg t on t.tenon_id = v.tenon_id
         order by tenon_fused desc, tenon_id
         limit %13$d
      )
      select %14$s, tenon_fused, tenon_vector_rank, tenon_distance, tenon_text_rank, tenon_score,
             tenon_id, (select count(*) from rated) = %8$d
        from fused join %2$s on %7$s = tenon_id and %3$s = {1}
       order by tenon_fused desc, tenon_id""";

  /** Where all are alike each is as good as the best. */
  private static final String MIN_MAX =
      "coalesce(%2$s(%1$s - %3$s(%1$s) over ())"
          + " / nullif(max(%1$s) over () - min(%1$s) over (), 0), 1)";

  /**
   * @param leg what the search by vector was told, with as many rows as it brings candidates
   */
  QueryPart query(
      SearchOptions leg, HybridOptions options, TextLeg words, TenantId tenant, Object vector) {
    VectorTable<?> table = index.table();
    NearestRows rows = new NearestRows(index, List.of(), VECTOR);
    int candidates = leg.top();
    String nearest =
        (leg.exact() ? rows.exactly() : rows.byIndex())
                .replace(NearestRows.CANDIDATES, Integer.toString(leg.candidatesToCompare()))
            + candidates;
    boolean byScores = options.fusion() instanceof Fusion.MinMax;
    String template =
        TEMPLATE.formatted(
            String.join(", ", rows.needed()),
            table.name(),
            VectorTable.TENANT,
            table.embeddingColumn(),
            byScores ? MIN_MAX.formatted("tenon_distance", "-", "max") : "null",
            nearest,
            table.idColumn(),
            words.ranked() + 1L,
            candidates,
            byScores ? MIN_MAX.formatted("tenon_score", "", "min") : "null",
            part(options, "v", options.vectorWeight()),
            part(options, "t", options.textWeight()),
            options.top(),
            columns.sent(table.space()));
    return DSL.resultQuery(
        template,
        leg.filter(),
        DSL.val(tenant.value()),
        DSL.field(
            "(select cast({0} as " + table.space().columnType() + "))",
            DSL.val(EmbeddingBytes.text(vector), SQLDataType.CLOB)),
        words.score(),
        words.matches());
  }

  /** What a leg gives a row. */
  private static String part(HybridOptions options, String leg, double weight) {
    String counted = "cast(" + weight + " as double precision)";
    return options.fusion() instanceof Fusion.ReciprocalRank ranks
        ? counted + " / (" + ranks.constant() + " + " + leg + ".tenon_rank)"
        : counted + " * " + leg + ".tenon_part";
  }

  /**
   * What was read.
   *
   * @param ids of the hits, as texts
   * @param unrated whether more rows matched the words than were rated
   */
  record Found<R>(List<HybridHit<R>> hits, List<String> ids, boolean unrated) {}

  Found<R> read(ResultSet rows) throws SQLException {
    List<HybridHit<R>> hits = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    boolean unrated = false;
    int fused = columns.size() + 1;
    while (rows.next()) {
      hits.add(
          new HybridHit<>(
              columns.read(rows),
              rows.getDouble(fused),
              rank(rows, fused + 1),
              score(rows, fused + 2),
              rank(rows, fused + 3),
              score(rows, fused + 4)));
      ids.add(rows.getString(fused + 5));
      unrated = rows.getBoolean(fused + 6);
    }
    return new Found<>(hits, ids, unrated);
  }

  private static OptionalInt rank(ResultSet row, int column) throws SQLException {
    int rank = row.getInt(column);
    return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(rank);
  }

  private static OptionalDouble score(ResultSet row, int column) throws SQLException {
    double score = row.getDouble(column);
    return row.wasNull() ? OptionalDouble.empty() : OptionalDouble.of(score);
  }
}
