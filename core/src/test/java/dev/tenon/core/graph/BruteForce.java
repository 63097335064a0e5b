package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The plain definition of what is looked for, by trying every path; for small graphs. */
final class BruteForce {

  private final Graph graph;

  BruteForce(Graph graph) {
    this.graph = graph;
  }

  /** The greatest product over all simple paths from a node to each other one. */
  Map<String, Double> strongestFrom(String start, int maxDepth) {
    Map<String, Double> best = new HashMap<>();
    extend(start, 1, maxDepth, new HashSet<>(Set.of(start)), best);
    return best;
  }

  private void extend(
      String node, double product, int depth, Set<String> visited, Map<String, Double> best) {
    if (depth == 0) {
      return;
    }
    for (Edge edge : graph.edges()) {
      if (edge.from().equals(node) && visited.add(edge.to())) {
        double longer = product * edge.confidence();
        best.merge(edge.to(), longer, Math::max);
        extend(edge.to(), longer, depth - 1, visited, best);
        visited.remove(edge.to());
      }
    }
  }

  /** Every path between two nodes that visits no node twice. */
  List<List<Edge>> paths(String from, String to, int maxDepth) {
    List<List<Edge>> found = new ArrayList<>();
    walk(from, to, maxDepth, new ArrayList<>(), new HashSet<>(Set.of(from)), found);
    return found;
  }

  private void walk(
      String node,
      String to,
      int depth,
      List<Edge> path,
      Set<String> visited,
      List<List<Edge>> found) {
    if (node.equals(to)) {
      found.add(List.copyOf(path));
      return;
    }
    for (Edge edge : graph.edges()) {
      if (depth > 0 && edge.from().equals(node) && visited.add(edge.to())) {
        path.add(edge);
        walk(edge.to(), to, depth - 1, path, visited, found);
        path.remove(path.size() - 1);
        visited.remove(edge.to());
      }
    }
  }

  /** Whether one or more edges lead from a node to another, or to itself. */
  boolean leads(String from, String to) {
    Set<String> reached = new HashSet<>();
    int before;
    do {
      before = reached.size();
      for (Edge edge : graph.edges()) {
        if (edge.from().equals(from) || reached.contains(edge.from())) {
          reached.add(edge.to());
        }
      }
    } while (reached.size() > before);
    return reached.contains(to);
  }

  /** The fewest edges to each node within some hops, by growing the set of reached nodes. */
  Map<String, Integer> hops(String start, int hops, Traversal.Direction direction) {
    Map<String, Integer> distances = new HashMap<>(Map.of(start, 0));
    for (int distance = 1; distance <= hops; distance++) {
      Set<String> before = Set.copyOf(distances.keySet());
      for (Edge edge : graph.edges()) {
        if (direction != Traversal.Direction.IN && before.contains(edge.from())) {
          distances.putIfAbsent(edge.to(), distance);
        }
        if (direction != Traversal.Direction.OUT && before.contains(edge.to())) {
          distances.putIfAbsent(edge.from(), distance);
        }
      }
    }
    distances.remove(start);
    return distances;
  }

  /** The same graph with every edge turned round. */
  static Graph reversed(Graph graph) {
    List<Edge> edges =
        graph.edges().stream()
            .map(edge -> Edge.of(edge.id(), edge.to(), edge.from(), edge.confidence()))
            .toList();
    return Graph.of(graph.nodes(), edges);
  }
}
