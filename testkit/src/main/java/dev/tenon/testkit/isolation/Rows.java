package dev.tenon.testkit.isolation;

import dev.tenon.core.TenantId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the two tenants, as the superuser sees them: what a leak is measured against.
 *
 * @param byTable one row of each tenant as JSON, and the number of rows of the first
 * @param marks values of the second tenant that the first does not have
 */
record Rows(Map<TargetTable, Pair> byTable, Set<String> marks) {

  private static final int SHORTEST_MARK = 8;
  private static final int ROWS_FOR_MARKS = 200;
  private static final int UUID_LENGTH = 36;

  /** A row of each tenant, or null where it has none. */
  record Pair(@Nullable String mine, @Nullable String theirs, long mineCount) {}

  Pair of(TargetTable table) {
    return byTable.getOrDefault(table, new Pair(null, null, 0));
  }

  /** The marks that a text holds, as text or in hexadecimal as {@code bytea} shows it. */
  List<String> marksIn(String text) {
    return marks.stream()
        .filter(
            mark ->
                text.contains(mark)
                    || text.contains(hexadecimal(mark))
                    || (mark.length() == UUID_LENGTH && text.contains(mark.replace("-", ""))))
        .toList();
  }

  private static String hexadecimal(String mark) {
    return HexFormat.of().formatHex(mark.getBytes(StandardCharsets.UTF_8));
  }

  static Rows read(Connection connection, List<TargetTable> tables, TenantId mine, TenantId theirs)
      throws SQLException {
    Map<TargetTable, Pair> byTable = new LinkedHashMap<>();
    Set<String> marks = new HashSet<>();
    Set<String> known = new HashSet<>();
    for (TargetTable table : tables) {
      byTable.put(
          table,
          new Pair(
              row(connection, table, mine),
              row(connection, table, theirs),
              count(connection, table, mine)));
      marks.addAll(values(connection, table, theirs));
      known.addAll(values(connection, table, mine));
    }
    marks.removeAll(known);
    marks.add(theirs.toString());
    return new Rows(byTable, marks);
  }

  private static @Nullable String row(Connection connection, TargetTable table, TenantId tenant)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select to_jsonb(t)::text from %s t where %s = ? limit 1"
                .formatted(table.base(), table.tenant()))) {
      statement.setObject(1, tenant.value());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  private static long count(Connection connection, TargetTable table, TenantId tenant)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select count(*) from %s where %s = ?".formatted(table.base(), table.tenant()))) {
      statement.setObject(1, tenant.value());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** Values long enough to be told from a chance. */
  private static Set<String> values(Connection connection, TargetTable table, TenantId tenant)
      throws SQLException {
    Set<String> values = new HashSet<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select distinct v.value
              from (select * from %s where %s = ? limit %d) t
             cross join lateral jsonb_each_text(to_jsonb(t)) v
             where length(v.value) >= %d
            """
                .formatted(table.base(), table.tenant(), ROWS_FOR_MARKS, SHORTEST_MARK))) {
      statement.setObject(1, tenant.value());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          values.add(rows.getString(1));
        }
      }
    }
    return values;
  }
}
