package dev.tenon.testkit.isolation;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The owner of a table is bound too: FORCE ROW LEVEL SECURITY. */
final class OwnerAttacks {

  private OwnerAttacks() {}

  static List<Leak> run(TestDatabase database, Targets targets, TenantId self, TenantId other) {
    List<Leak> leaks = new ArrayList<>();
    try (Connection owner = database.dataSource(database.owner()).getConnection()) {
      owner.setAutoCommit(false);
      bind(owner, self);
      for (TargetTable table : targets.tables()) {
        long seen = table.fenced() ? 0 : count(owner, table, other);
        if (seen > 0) {
          leaks.add(
              new Leak(
                  table.relation(),
                  "select the other's as the owner",
                  "a fresh connection",
                  seen + " rows"));
        }
      }
      owner.rollback();
    } catch (SQLException error) {
      throw new IllegalStateException("the owner could not look", error);
    }
    return leaks;
  }

  private static void bind(Connection owner, TenantId self) throws SQLException {
    try (PreparedStatement statement =
        owner.prepareStatement("select set_config('app.current_tenant', ?, true)")) {
      statement.setString(1, self.toString());
      statement.execute();
    }
  }

  private static long count(Connection owner, TargetTable table, TenantId other)
      throws SQLException {
    try (PreparedStatement statement =
        owner.prepareStatement(
            "select count(*) from %s where %s = ?".formatted(table.base(), table.tenant()))) {
      statement.setObject(1, other.value());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }
}
