package dev.tenon.core.graph;

import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** One patch on its way to the server, and what the server's answer means. */
record PatchRun(
    String sql, TenantId tenant, UUID id, String where, long expectedVersion, GraphPatch patch) {

  long in(Session session) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement);
            try (ResultSet row = statement.executeQuery()) {
              return newVersion(row);
            }
          }
        });
  }

  private void bind(PreparedStatement statement) throws SQLException {
    statement.setObject(1, tenant.value());
    statement.setObject(2, id);
    statement.setObject(3, strings(patch.touchedEdges()));
    statement.setObject(4, strings(patch.addedEdgeIds()));
    statement.setObject(5, strings(patch.joinedNodes()));
    statement.setObject(6, strings(patch.addedNodeIds()));
    statement.setString(7, Json.changes(patch.changes()));
    statement.setObject(8, strings(patch.removedEdges()));
    statement.setString(9, Json.nodes(patch.addedNodes()).toString());
    statement.setString(10, Json.edges(patch.addedEdges()).toString());
    statement.setObject(11, tenant.value());
    statement.setObject(12, id);
    statement.setLong(13, expectedVersion);
  }

  private long newVersion(ResultSet row) throws SQLException {
    if (!row.next()) {
      throw Refusals.missingGraph(where);
    }
    long newVersion = row.getLong("new_version");
    if (!row.wasNull()) {
      return newVersion;
    }
    long actual = row.getLong("version");
    if (actual != expectedVersion) {
      throw Refusals.stale(where, id, expectedVersion, actual);
    }
    for (String edge : strings(row, "missing_edges")) {
      throw Refusals.missingEdge(edge, where);
    }
    for (String edge : strings(row, "present_edges")) {
      throw Refusals.duplicateEdge(edge, where);
    }
    for (String node : strings(row, "present_nodes")) {
      throw Refusals.duplicateNode(node, where);
    }
    throw dangling(strings(row, "missing_nodes"));
  }

  private RuntimeException dangling(List<String> missingNodes) {
    for (Edge edge : patch.addedEdges()) {
      for (String node : missingNodes) {
        if (edge.from().equals(node) || edge.to().equals(node)) {
          return Refusals.dangling(edge, node, where);
        }
      }
    }
    return new RetryableException(
        Problem.what("the patch waited for another of the same graph")
            .where(where)
            .why("it was compared with the graph from before, and expects the version behind it")
            .fix("run it again"));
  }

  private static String[] strings(Collection<String> values) {
    return values.toArray(String[]::new);
  }

  private static List<String> strings(ResultSet row, String column) throws SQLException {
    Array array = row.getArray(column);
    return List.of((String[]) array.getArray());
  }
}
