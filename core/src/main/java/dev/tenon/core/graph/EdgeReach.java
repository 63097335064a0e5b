package dev.tenon.core.graph;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** One walk over the rows of an edge table, and what the server's answer means. */
record EdgeReach(
    EdgeTable table,
    TenantId tenant,
    UUID id,
    String where,
    String start,
    Traversal.Direction direction,
    Traversal.Limits limits) {

  /** Looks one edge deeper than the limit allows, to see whether there is more. */
  GraphRepository.Reach in(Session session, int hops) {
    int depth = Math.min(hops, limits.maxDepth());
    int asked = hops > depth ? depth + 1 : depth;
    Map<String, Integer> distances = new HashMap<>();
    boolean cut =
        planned(session)
            .jdbc(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(sql())) {
                    bind(statement, asked);
                    try (ResultSet row = statement.executeQuery()) {
                      return read(row, asked, distances);
                    }
                  }
                });
    distances.remove(start);
    return reach(distances, depth, cut);
  }

  /**
   * Where the edges of a node are wanted in an order, that leaves the index that has it: of a graph
   * that the server knows nothing of it takes each index for as cheap, and one of them reads all
   * edges of the graph for each node.
   */
  static Session planned(Session session) {
    return session.withSetting("enable_sort", "off");
  }

  private String sql() {
    return switch (direction) {
      case OUT -> table.reachOut;
      case IN -> table.reachIn;
      case BOTH -> table.reachBoth;
    };
  }

  private void bind(PreparedStatement statement, int hops) throws SQLException {
    int index = 1;
    statement.setString(index++, start);
    index = bindGraphs(statement, index);
    statement.setLong(index++, hops);
    bindDuration(statement, index++);
    bindDuration(statement, index++);
    // The start is a row too, and one more tells that there are more.
    statement.setLong(index++, limits.maxNodes() + 2L);
    index = bindGraphs(statement, index);
    statement.setInt(index++, Math.min(hops, limits.maxDepth()));
    bindDuration(statement, index++);
    bindDuration(statement, index++);
    statement.setLong(index++, limits.maxEdges() + 1L);
    for (int use = 0; use < 3; use++) {
      statement.setString(index++, start);
    }
    statement.setObject(index++, tenant.value());
    statement.setObject(index++, id);
    bindDuration(statement, index);
  }

  /** Once for each way; the next parameter. */
  private int bindGraphs(PreparedStatement statement, int first) throws SQLException {
    int index = first;
    for (int way = 0; way < (direction == Traversal.Direction.BOTH ? 2 : 1); way++) {
      statement.setObject(index++, tenant.value());
      statement.setObject(index++, id);
    }
    return index;
  }

  private void bindDuration(PreparedStatement statement, int index) throws SQLException {
    Long micros = limits.maxDuration().map(EdgeReach::micros).orElse(null);
    statement.setObject(index, micros, Types.BIGINT);
  }

  /** Capped at ten years, beyond which a timestamp may not hold it. */
  private static long micros(Duration duration) {
    Duration most = Duration.ofDays(3650);
    return (duration.compareTo(most) < 0 ? duration : most).toNanos() / 1_000;
  }

  /** Keeps the distance of each node; true if edges or time were not enough. */
  private boolean read(ResultSet row, int hops, Map<String, Integer> distances)
      throws SQLException {
    boolean known = false;
    boolean late = false;
    boolean unrecorded = false;
    long looked = 0;
    while (row.next()) {
      String node = row.getString("node");
      if (node != null) {
        known |= row.getInt("distance") > 0;
        distances.put(node, row.getInt("distance"));
      } else if (row.getObject("late") == null) {
        unrecorded = requireNode(row, hops);
        known = true;
      } else {
        late = row.getBoolean("late");
        looked = row.getLong("looked");
      }
    }
    if (!known) {
      throw Refusals.missingGraph(where);
    }
    if (unrecorded && looked == 0 && !late) {
      throw unrecorded();
    }
    return late || looked > limits.maxEdges();
  }

  /** A start whose graph has an edge for it, as true, should have rows. */
  private boolean requireNode(ResultSet row, int hops) throws SQLException {
    if (!row.getBoolean("has_node")) {
      throw Refusals.missingNode(start, where);
    }
    boolean leaves = direction != Traversal.Direction.IN && row.getBoolean("leaves");
    boolean enters = direction != Traversal.Direction.OUT && row.getBoolean("enters");
    return hops > 0 && (leaves || enters);
  }

  private UsageException unrecorded() {
    return new UsageException(
        Problem.what("the edges of the " + where + " are not in the table of edges")
            .where(where)
            .why("the graph was stored before that table and its trigger were made")
            .fix("write it once as its tenant: update … set document = document where id = …"));
  }

  private GraphRepository.Reach reach(Map<String, Integer> distances, int depth, boolean cut) {
    List<GraphRepository.Reach.Reached> all =
        GraphRepository.Reach.sorted(
            distances.entrySet().stream()
                .map(node -> new GraphRepository.Reach.Reached(node.getKey(), node.getValue()))
                .toList());
    List<GraphRepository.Reach.Reached> kept =
        all.stream()
            .filter(reached -> reached.distance() <= depth)
            .limit(limits.maxNodes())
            .toList();
    return new GraphRepository.Reach(kept, cut || kept.size() < all.size());
  }
}
