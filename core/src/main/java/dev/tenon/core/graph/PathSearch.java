package dev.tenon.core.graph;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.graph.SearchSpace.Label;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Looks for the paths whose edges cost least in sum.
 *
 * <p>A path visits no node twice and has at most {@link Traversal.Limits#maxDepth} edges. Of two
 * paths that cost the same the one with fewer edges comes first; the answer is the same on each
 * run. Immutable; safe for use by many threads.
 */
public final class PathSearch {

  private final SearchSpace space;

  PathSearch(Adjacency adjacency, Bounds bounds, double[] costs) {
    space = new SearchSpace(adjacency, bounds, true, edge -> costs[edge], 0);
  }

  /** What each edge costs; no path can cost more than a double holds, because all edges do not. */
  static double[] costs(Graph graph, ToDoubleFunction<Edge> cost) {
    double[] costs = new double[graph.edges().size()];
    double sum = 0;
    for (int i = 0; i < costs.length; i++) {
      Edge edge = graph.edges().get(i);
      costs[i] = cost.applyAsDouble(edge);
      sum += costs[i];
      if (!(costs[i] >= 0 && sum < Double.POSITIVE_INFINITY)) {
        throw unusable(edge, costs[i]);
      }
    }
    return costs;
  }

  private static UsageException unusable(Edge edge, double cost) {
    String place = Checks.edge(edge.id(), edge.from(), edge.to());
    return new UsageException(
        Problem.what(place + " costs " + cost)
            .where("Traversal.paths")
            .why("costs are numbers of at least 0 whose sum a double can hold")
            .fix("give it another cost; to keep it from being followed, take a graph without it"));
  }

  /**
   * The cheapest path from one node to another: one path or none.
   *
   * <p>Dijkstra's algorithm, in O((nodes + edges) log nodes) where the limit on depth cannot bind,
   * and up to {@code maxDepth} times as long where it can.
   *
   * @throws NotFoundException if the graph lacks one of the nodes
   * @throws UsageException if both are the same node
   */
  public Paths between(String from, String to) {
    int start = space.adjacency().position(from);
    int target = space.adjacency().otherPosition(from, to, "PathSearch.between");
    CheapestFirst search = new CheapestFirst(space, space.bounds().budget(), start);
    Label found = search.to(target);
    return new Paths(found == null ? List.of() : List.of(path(found)), search.isTruncated());
  }

  /**
   * The cheapest paths from one node to another, cheapest first; parallel edges make paths of their
   * own.
   *
   * <p>At most {@link Traversal.Limits#maxChains}. Yen's algorithm: one search backward from the
   * end, with the same limits of its own, then for each path that is found a search for each of its
   * edges, which share the limits.
   *
   * @param count how many, 1 or more; fewer are returned if there are no more
   * @throws NotFoundException if the graph lacks one of the nodes
   * @throws UsageException if both are the same node, or {@code count} is below 1
   */
  public Paths between(String from, String to, int count) {
    int start = space.adjacency().position(from);
    int target = space.adjacency().otherPosition(from, to, "PathSearch.between");
    Checks.count(count, "PathSearch.between");
    BestPaths.Found found = new BestPaths(space, target).from(start, count);
    return new Paths(found.paths().stream().map(this::path).toList(), found.truncated());
  }

  private Paths.Path path(Label last) {
    return new Paths.Path(space.nodes(last), space.edges(last), last.cost());
  }

  /**
   * Paths, cheapest first.
   *
   * @param paths empty if there is none
   * @param truncated whether {@link Traversal.Limits} ended the search while there was more to
   *     follow: a path that is missing here, or a cheaper one, may exist beyond the bounds
   */
  public record Paths(List<Path> paths, boolean truncated) {

    public Paths {
      paths = List.copyOf(paths);
    }

    /** The first path, if there is any. */
    public Optional<Path> cheapest() {
      return paths.stream().findFirst();
    }

    /**
     * A way from one node to another.
     *
     * @param nodes in the order of the edges, one more than edges
     * @param edges each leads on from where the one before it ended
     * @param cost the sum of the costs of the edges
     */
    public record Path(List<Node> nodes, List<Edge> edges, double cost) {

      public Path {
        nodes = List.copyOf(nodes);
        edges = List.copyOf(edges);
      }
    }
  }
}
