package dev.tenon.vector;

import dev.tenon.core.TenantId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The text of a search, and how its parameters and its rows cross.
 *
 * <p>The order of the index scan is the bare operator, or else the index would not serve it; its
 * rows are sorted once more outside, because a relaxed scan yields them slightly out of order and
 * because ids break ties. An exact search orders by {@code distance + 0}, which no index serves.
 *
 * <p>The second branch of the union is the answer to "were there more?". Its condition is a
 * one-time filter: it costs nothing while the scan returns all the rows that were asked for. When
 * the scan came out short, the branch counts the matching rows of the same snapshot, without the
 * vector index and only up to the number asked for.
 *
 * <p>The number of rows stands in the text, for a plan made for an unknown limit expects to return
 * a tenth of the table and so avoids the index.
 */
final class SearchStatement<R> {

  private static final String RESULT = "\n)\nselect ";
  private static final String IN_ORDER = "\norder by tenon_distance, tenon_id";

  private final VectorSpace space;
  private final RecordColumns<R> columns;
  private final String beforeFilter;
  private final String nearestByIndex;
  private final String nearest;
  private final String result;
  private final String remainder;

  SearchStatement(VectorTable<?> table, RecordColumns<R> columns) {
    this.space = table.space();
    this.columns = columns;
    List<String> listed = columns.names().stream().map(RecordColumns::quoted).toList();
    this.beforeFilter = candidates(table, listed);
    this.nearestByIndex = nearestByIndex(table, listed);
    this.nearest = nearest(table, listed);
    this.result = result(listed);
    this.remainder = remainder(listed);
  }

  /** The parameters are those of the filter, the tenant, the vector, in this order. */
  String text(SearchOptions options) {
    String limit = "   limit " + options.top();
    String head = beforeFilter + SearchFilter.text(options.filter());
    return options.exact()
        ? head + nearest + limit + RESULT + result + IN_ORDER
        : head
            + nearestByIndex
            + limit
            + RESULT
            + result
            + remainder
            + limit
            + ") counted), null\n where (select count(*) from hit) < "
            + options.top()
            + IN_ORDER;
  }

  void bind(PreparedStatement statement, SearchOptions options, TenantId tenant, float[] vector)
      throws SQLException {
    int next = SearchFilter.bind(statement, options.filter());
    statement.setObject(next, tenant.value());
    statement.setObject(next + 1, vector);
  }

  SearchResult<R> read(ResultSet rows) throws SQLException {
    List<Hit<R>> hits = new ArrayList<>();
    int distanceColumn = columns.size() + 1;
    boolean truncated = false;
    while (rows.next()) {
      double distance = rows.getDouble(distanceColumn);
      if (rows.wasNull()) {
        truncated = rows.getLong(distanceColumn + 1) > hits.size();
      } else {
        hits.add(new Hit<>(columns.read(rows), distance, space.score(distance)));
      }
    }
    return new SearchResult<>(hits, truncated);
  }

  private static String candidates(VectorTable<?> table, List<String> listed) {
    Set<String> needed = new LinkedHashSet<>(listed);
    needed.add(table.idColumn());
    needed.add(table.embeddingColumn());
    return """
        with candidate as not materialized (
          select %s
            from %s
           where ("""
        .formatted(String.join(", ", needed), table.name());
  }

  private static String afterFilter(VectorTable<?> table) {
    return """

          ) and %s = ? and %s is not null
        ), hit as materialized (
        """
        .formatted(VectorTable.TENANT, table.embeddingColumn());
  }

  private static String nearestByIndex(VectorTable<?> table, List<String> listed) {
    return afterFilter(table)
        + """
          select %s, %s as tenon_id, %s %s ?::vector as tenon_distance
            from candidate
           order by tenon_distance
        """
            .formatted(
                String.join(", ", listed),
                table.idColumn(),
                table.embeddingColumn(),
                table.space().operator());
  }

  private static String nearest(VectorTable<?> table, List<String> listed) {
    String columns = String.join(", ", listed);
    return afterFilter(table)
        + """
          select %s, tenon_id, tenon_distance
            from (
              select %s, %s as tenon_id, %s %s ?::vector as tenon_distance
                from candidate
            ) measured
           order by tenon_distance + 0, tenon_id
        """
            .formatted(
                columns,
                columns,
                table.idColumn(),
                table.embeddingColumn(),
                table.space().operator());
  }

  private String result(List<String> listed) {
    List<String> sent = new ArrayList<>(listed);
    if (columns.embedding() >= 0) {
      sent.set(columns.embedding(), "vector_send(" + listed.get(columns.embedding()) + ")");
    }
    return String.join(", ", sent)
        + ", tenon_distance, null::bigint as tenon_matching, tenon_id\n  from hit";
  }

  private static String remainder(List<String> listed) {
    return "\nunion all\nselect "
        + listed.stream().map(column -> "null, ").collect(Collectors.joining())
        + "null, (select count(*) from (select from candidate";
  }
}
