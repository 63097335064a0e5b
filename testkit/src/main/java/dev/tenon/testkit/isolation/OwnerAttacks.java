package dev.tenon.testkit.isolation;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The owner of a table is bound too: FORCE ROW LEVEL SECURITY. */
final class OwnerAttacks {

  private OwnerAttacks() {}

  static List<Leak> run(TestDatabase database, Targets targets, TenantId self, TenantId other) {
    List<Leak> leaks = new ArrayList<>();
    try (Connection connection = database.dataSource(database.superuser()).getConnection()) {
      connection.setAutoCommit(false);
      bind(connection, self);
      for (TargetTable table : targets.tables()) {
        long seen = table.fenced() ? 0 : count(connection, table, other);
        if (seen > 0) {
          leaks.add(
              new Leak(
                  table.relation(),
                  "select the other's as the owner",
                  "a fresh connection",
                  seen + " rows"));
        }
      }
      connection.rollback();
    } catch (SQLException error) {
      throw new IllegalStateException("the owner could not look", error);
    }
    return leaks;
  }

  private static void bind(Connection connection, TenantId self) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select set_config('app.current_tenant', ?, true)")) {
      statement.setString(1, self.toString());
      statement.execute();
    }
  }

  private static long count(Connection connection, TargetTable table, TenantId other)
      throws SQLException {
    become(connection, table);
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select count(*) from %s where %s = ?".formatted(table.base(), table.tenant()))) {
      statement.setObject(1, other.value());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** Whoever owns the table, also where that is not the owner of the database. */
  private static void become(Connection connection, TargetTable table) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("reset role");
      String owner;
      try (ResultSet row =
          statement.executeQuery(
              "select quote_ident(pg_get_userbyid(relowner)) from pg_catalog.pg_class where oid = %s::regclass"
                  .formatted(TargetTable.literal(table.base())))) {
        row.next();
        owner = row.getString(1);
      }
      statement.execute("set local role " + owner);
    }
  }
}
