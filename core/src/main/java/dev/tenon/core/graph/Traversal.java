package dev.tenon.core.graph;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Walks over one graph in memory: hops, chains and paths within {@link Limits}; cycles, order,
 * ancestors and descendants of the whole graph.
 *
 * <p>Building it indexes the graph once, in time linear in nodes and edges, as the walks of the
 * whole graph are, for which no limit holds; keep it for several walks. Nothing recurses, and no
 * I/O happens. Where nothing else decides, the order of the document does. Immutable; safe for use
 * by many threads.
 */
public final class Traversal {

  private final Adjacency adjacency;
  private final Limits limits;

  /** Which way edges are followed. */
  public enum Direction {
    /** From cause to effect. */
    OUT,
    /** From effect to cause. */
    IN,
    /** Either way. */
    BOTH
  }

  private Traversal(Adjacency adjacency, Limits limits) {
    this.adjacency = adjacency;
    this.limits = limits;
  }

  /** Walks within the default {@link Limits}. */
  public static Traversal of(Graph graph) {
    return new Traversal(new Adjacency(graph), Limits.defaults());
  }

  /** The same graph within other limits. */
  public Traversal within(Limits newLimits) {
    return new Traversal(adjacency, newLimits);
  }

  /**
   * The nodes within some edges of a node, breadth first.
   *
   * @param hops the most edges, 0 or more; the limit on depth holds as well
   * @throws NotFoundException if the graph has no such node
   * @throws UsageException if {@code hops} is negative
   */
  public Hops hops(String node, int hops, Direction direction) {
    Checks.hops(hops, "Traversal.hops");
    return new BreadthFirst(adjacency, limits, direction).walk(adjacency.position(node), hops);
  }

  /** The strongest causal chains, without a cut-off until one is set. */
  public ChainSearch chains() {
    return new ChainSearch(adjacency, limits);
  }

  /**
   * The cheapest paths, where an edge costs what a function says; {@code edge -> 1} counts edges.
   *
   * @param cost asked once for each edge of the graph, here
   * @throws UsageException if a cost is negative or NaN, or the costs add up to more than a double
   *     holds; it names the edge
   */
  public PathSearch paths(ToDoubleFunction<Edge> cost) {
    return new PathSearch(adjacency, limits, PathSearch.costs(adjacency.graph(), cost));
  }

  /**
   * A cycle for each strongly connected component that has one, in the order of the document: empty
   * if and only if the graph has no cycle.
   *
   * <p>Tarjan's algorithm (SIAM Journal on Computing 1, 1972).
   */
  public List<Cycle> cycles() {
    return new Components(adjacency).cycles();
  }

  /** The nodes in an order in which every edge leads onward, or a cycle that forbids it. */
  public TopologicalOrder topologicalOrder() {
    return TopologicalSort.of(adjacency);
  }

  /**
   * The nodes from which a path leads to a node, nearest first; without the node itself, even if it
   * lies on a cycle.
   *
   * @throws NotFoundException if the graph has no such node
   */
  public List<Node> ancestors(String node) {
    return reachable(node, Direction.IN);
  }

  /**
   * The nodes to which a path leads from a node, nearest first; without the node itself, even if it
   * lies on a cycle.
   *
   * @throws NotFoundException if the graph has no such node
   */
  public List<Node> descendants(String node) {
    return reachable(node, Direction.OUT);
  }

  private List<Node> reachable(String node, Direction direction) {
    int start = adjacency.position(node);
    Hops all =
        new BreadthFirst(adjacency, Limits.NONE, direction).walk(start, Limits.NONE.maxDepth());
    return all.reached().stream().map(Hops.Reached::node).toList();
  }

  /**
   * The node, what lies within some edges of it, and every edge between these.
   *
   * @param hops the most edges, 0 or more; the limits hold as well
   * @throws NotFoundException if the graph has no such node
   * @throws UsageException if {@code hops} is negative
   */
  public Neighbourhood neighbourhood(String node, int hops, Direction direction) {
    Hops around = hops(node, hops, direction);
    Stream<String> reached = around.reached().stream().map(reach -> reach.node().id());
    List<String> kept = Stream.concat(Stream.of(node), reached).toList();
    return new Neighbourhood(adjacency.graph().subgraph(kept), around.truncated());
  }

  /**
   * The bounds of a traversal, so that no graph can hold a thread for long.
   *
   * @param maxDepth the most edges between the start and a node that is reached
   * @param maxNodes the most nodes that are visited; a node visited again over fewer edges counts
   *     again
   * @param maxEdges the most edges that are looked at; an edge looked at again counts again
   * @param maxChains the most chains or paths that are returned
   */
  public record Limits(int maxDepth, int maxNodes, int maxEdges, int maxChains) {

    private static final Limits DEFAULTS = new Limits(32, 10_000, 1_000_000, 100);
    static final Limits NONE =
        new Limits(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

    /**
     * @throws UsageException if a bound is below 1
     */
    public Limits {
      requirePositive("maxDepth", maxDepth);
      requirePositive("maxNodes", maxNodes);
      requirePositive("maxEdges", maxEdges);
      requirePositive("maxChains", maxChains);
    }

    /** 32 edges deep, 10,000 nodes, 1,000,000 edges, 100 chains or paths. */
    public static Limits defaults() {
      return DEFAULTS;
    }

    public Limits withMaxDepth(int edges) {
      return new Limits(edges, maxNodes, maxEdges, maxChains);
    }

    public Limits withMaxNodes(int nodes) {
      return new Limits(maxDepth, nodes, maxEdges, maxChains);
    }

    public Limits withMaxEdges(int edges) {
      return new Limits(maxDepth, maxNodes, edges, maxChains);
    }

    public Limits withMaxChains(int chains) {
      return new Limits(maxDepth, maxNodes, maxEdges, chains);
    }

    private static void requirePositive(String name, int value) {
      if (value < 1) {
        throw new UsageException(
            Problem.what("the bound " + name + " is " + value)
                .where("Limits")
                .why("a traversal that may do nothing finds nothing")
                .fix("give " + name + " a value of at least 1"));
      }
    }
  }

  /**
   * The nodes around a node.
   *
   * @param reached without the start, nearest first, and in the order of the document's edges where
   *     equally near
   * @param truncated whether {@link Traversal.Limits} ended the walk while there was more to follow
   */
  public record Hops(List<Reached> reached, boolean truncated) {

    public Hops {
      reached = List.copyOf(reached);
    }

    /**
     * A node that was reached.
     *
     * @param distance the fewest edges between the start and the node, 1 or more
     */
    public record Reached(Node node, int distance) {}
  }

  /**
   * A part of a graph around a node.
   *
   * @param graph the nodes and edges in the order of the whole graph, whose attributes it keeps
   * @param truncated whether {@link Traversal.Limits} ended the walk while there was more to follow
   */
  public record Neighbourhood(Graph graph, boolean truncated) {}
}
