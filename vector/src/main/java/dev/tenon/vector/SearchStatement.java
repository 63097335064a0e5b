package dev.tenon.vector;

import dev.tenon.core.TenantId;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The texts of a search, and how its parameters and its rows cross.
 *
 * <p>The order of the index scan is the bare operator, or else the index would not serve it; its
 * rows are sorted once more outside, because a relaxed scan yields them slightly out of order and
 * because ids break ties. An exact search orders by {@code distance + 0}, which no index serves.
 *
 * <p>Whether a scan that came out short passed over rows is a question of its own, asked only then:
 * as a branch of the search it would cost every search a tenth, although it never ran. It asks for
 * a row that is not among the hits, so that no change in between can make the hits look complete.
 *
 * <p>The number of rows stands in the text, for a plan made for an unknown limit expects to return
 * a tenth of the table and so avoids the index.
 */
final class SearchStatement<R> {

  private static final String IN_ORDER = ") nearest\n order by tenon_distance, tenon_id";

  private final VectorSpace space;
  private final RecordColumns<R> columns;
  private final String beforeFilter;
  private final String nearestByIndex;
  private final String nearest;
  private final String passedOver;

  SearchStatement(VectorTable<?> table, RecordColumns<R> columns) {
    this.space = table.space();
    this.columns = columns;
    List<String> listed = columns.names().stream().map(RecordColumns::quoted).toList();
    this.beforeFilter = candidates(table, listed);
    String afterFilter = afterFilter(table) + "select " + result(listed) + "\n  from (";
    this.nearestByIndex = afterFilter + nearestByIndex(table, listed);
    this.nearest = afterFilter + nearest(table, listed);
    this.passedOver = afterFilter(table) + passedOver(table);
  }

  /** The parameters are those of the filter, the tenant, the vector, in this order. */
  String text(SearchOptions options) {
    return beforeFilter
        + SearchFilter.text(options.filter())
        + (options.exact() ? nearest : nearestByIndex)
        + options.top()
        + IN_ORDER;
  }

  void bind(PreparedStatement statement, SearchOptions options, TenantId tenant, float[] vector)
      throws SQLException {
    int next = SearchFilter.bind(statement, options.filter());
    statement.setObject(next, tenant.value());
    statement.setObject(next + 1, vector);
  }

  /** Whether a row matches that is not among the hits; without the vector index. */
  boolean passedOver(
      Connection connection, SearchOptions options, TenantId tenant, List<String> ids)
      throws SQLException {
    String text = beforeFilter + SearchFilter.text(options.filter()) + passedOver;
    Array found = connection.createArrayOf("text", ids.toArray());
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      int next = SearchFilter.bind(statement, options.filter());
      statement.setObject(next, tenant.value());
      statement.setArray(next + 1, found);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    } finally {
      found.free();
    }
  }

  /** Reads the hits, and tells their ids one by one. */
  List<Hit<R>> read(ResultSet rows, Consumer<String> ids) throws SQLException {
    List<Hit<R>> hits = new ArrayList<>();
    int distanceColumn = columns.size() + 1;
    while (rows.next()) {
      double distance = rows.getDouble(distanceColumn);
      hits.add(new Hit<>(columns.read(rows), distance, space.score(distance)));
      ids.accept(rows.getString(distanceColumn + 1));
    }
    return hits;
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
        )
        """
        .formatted(VectorTable.TENANT, table.embeddingColumn());
  }

  private static String nearestByIndex(VectorTable<?> table, List<String> listed) {
    return """

          select %s, %s as tenon_id, %s %s ?::vector as tenon_distance
            from candidate
           order by tenon_distance
           limit\s"""
        .formatted(
            String.join(", ", listed),
            table.idColumn(),
            table.embeddingColumn(),
            table.space().operator());
  }

  private static String nearest(VectorTable<?> table, List<String> listed) {
    String columns = String.join(", ", listed);
    return """

          select %s, tenon_id, tenon_distance
            from (
              select %s, %s as tenon_id, %s %s ?::vector as tenon_distance
                from candidate
            ) measured
           order by tenon_distance + 0, tenon_id
           limit\s"""
        .formatted(
            columns, columns, table.idColumn(), table.embeddingColumn(), table.space().operator());
  }

  /** Ids are told as text, which is read as any type that identifies. */
  private static String passedOver(VectorTable<?> table) {
    return """
        select true
          from candidate
         where %s <> all (?::text[]::%s[])
         limit 1
        """
        .formatted(table.idColumn(), table.columns().sqlType(table.id()));
  }

  private String result(List<String> listed) {
    List<String> sent = new ArrayList<>(listed);
    if (columns.embedding() >= 0) {
      sent.set(columns.embedding(), "vector_send(" + listed.get(columns.embedding()) + ")");
    }
    return String.join(", ", sent) + ", tenon_distance, tenon_id";
  }
}
