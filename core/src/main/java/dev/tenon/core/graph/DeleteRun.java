package dev.tenon.core.graph;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/** One deletion on its way to the server, and what the server's answer means. */
record DeleteRun(String sql, TenantId tenant, UUID id, String where, long expectedVersion) {

  void in(Session session) {
    boolean unused =
        session.jdbc(
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setObject(1, tenant.value());
                statement.setObject(2, id);
                statement.setObject(3, tenant.value());
                statement.setObject(4, id);
                statement.setLong(5, expectedVersion);
                try (ResultSet row = statement.executeQuery()) {
                  return requireDeleted(row);
                }
              }
            });
  }

  private boolean requireDeleted(ResultSet row) throws SQLException {
    if (!row.next()) {
      throw Refusals.missingGraph(where);
    }
    long actual = row.getLong("version");
    if (actual != expectedVersion) {
      throw Refusals.stale(where, id, expectedVersion, actual);
    }
    if (!row.getBoolean("deleted")) {
      throw Refusals.keptGraph(where);
    }
    return true;
  }
}
