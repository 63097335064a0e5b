package dev.tenon.core.graph;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph with nodes and edges numbered by their place, and for each node the edges that leave and
 * that enter it, in the order of the document.
 */
final class Adjacency {

  private final Graph graph;
  private final Map<String, Integer> positions;
  private final Incidence out;
  private final Incidence in;

  Adjacency(Graph graph) {
    this.graph = graph;
    List<Node> nodes = graph.nodes();
    positions = new HashMap<>(nodes.size() * 2);
    for (int i = 0; i < nodes.size(); i++) {
      positions.put(nodes.get(i).id(), i);
    }
    int[] from = graph.edges().stream().mapToInt(edge -> position(edge.from())).toArray();
    int[] to = graph.edges().stream().mapToInt(edge -> position(edge.to())).toArray();
    out = Incidence.of(nodes.size(), from, to);
    in = Incidence.of(nodes.size(), to, from);
  }

  /** The edges at the near end of which a node stands, and their far ends. */
  static final class Incidence {

    private final int[] starts;
    private final int[] edges;
    private final int[] farEnds;

    private Incidence(int[] starts, int[] edges, int[] farEnds) {
      this.starts = starts;
      this.edges = edges;
      this.farEnds = farEnds;
    }

    private static Incidence of(int nodes, int[] nearEnds, int[] farEnds) {
      int[] starts = new int[nodes + 1];
      for (int node : nearEnds) {
        starts[node + 1]++;
      }
      for (int node = 0; node < nodes; node++) {
        starts[node + 1] += starts[node];
      }
      int[] next = starts.clone();
      int[] edges = new int[nearEnds.length];
      for (int edge = 0; edge < nearEnds.length; edge++) {
        edges[next[nearEnds[edge]]++] = edge;
      }
      return new Incidence(starts, edges, farEnds);
    }

    int first(int node) {
      return starts[node];
    }

    int end(int node) {
      return starts[node + 1];
    }

    int edge(int slot) {
      return edges[slot];
    }

    int farEnd(int slot) {
      return farEnds[edges[slot]];
    }
  }

  Incidence out() {
    return out;
  }

  Incidence in() {
    return in;
  }

  Graph graph() {
    return graph;
  }

  int size() {
    return graph.nodes().size();
  }

  int position(String node) {
    Integer position = positions.get(node);
    if (position == null) {
      throw Refusals.missingNode(node, "the graph that is traversed");
    }
    return position;
  }

  /** The position of the second of two nodes, between which a path is looked for. */
  int otherPosition(String from, String to, String where) {
    int position = position(to);
    if (from.equals(to)) {
      throw new UsageException(
          Problem.what("a path from the node '" + Checks.shown(from) + "' to itself was asked for")
              .where(where)
              .why("a path visits no node twice")
              .fix("pass two nodes, or look for cycles"));
    }
    return position;
  }

  Node node(int position) {
    return graph.nodes().get(position);
  }

  Edge edge(int position) {
    return graph.edges().get(position);
  }
}
