package dev.tenon.core.graph;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
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
  private final Bounds bounds;

  /** Which way edges are followed. */
  public enum Direction {
    /** From cause to effect. */
    OUT,
    /** From effect to cause. */
    IN,
    /** Either way. */
    BOTH
  }

  private Traversal(Adjacency adjacency, Bounds bounds) {
    this.adjacency = adjacency;
    this.bounds = bounds;
  }

  /** Walks within the default {@link Limits}. */
  public static Traversal of(Graph graph) {
    return new Traversal(new Adjacency(graph), new Bounds(Limits.defaults(), System::nanoTime));
  }

  /** The same graph within other limits. */
  public Traversal within(Limits newLimits) {
    return new Traversal(adjacency, bounds.within(newLimits));
  }

  /**
   * The same walks, whose {@link Limits#maxDuration} is measured by another clock, e.g. in a test.
   *
   * @param nanoTime as {@link System#nanoTime}, which is the default: it only goes forward
   */
  public Traversal timedBy(LongSupplier nanoTime) {
    Required.require(nanoTime, "clock", "Traversal.timedBy");
    return new Traversal(adjacency, new Bounds(bounds.limits(), nanoTime));
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
    return new BreadthFirst(adjacency, bounds, direction).walk(adjacency.position(node), hops);
  }

  /** The strongest causal chains, without a cut-off until one is set. */
  public ChainSearch chains() {
    return new ChainSearch(adjacency, bounds);
  }

  /**
   * The cheapest paths, where an edge costs what a function says; {@code edge -> 1} counts edges.
   *
   * @param cost asked once for each edge of the graph, here
   * @throws UsageException if a cost is negative or NaN, or the costs add up to more than a double
   *     holds; it names the edge
   */
  public PathSearch paths(ToDoubleFunction<Edge> cost) {
    return new PathSearch(adjacency, bounds, PathSearch.costs(adjacency.graph(), cost));
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
        new BreadthFirst(adjacency, Bounds.NONE, direction).walk(start, Limits.NONE.maxDepth());
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
   * @param maxDuration how long one walk may go on, measured from its call; without it no clock is
   *     looked at, and the same walk always answers the same
   */
  public record Limits(
      int maxDepth, int maxNodes, int maxEdges, int maxChains, Optional<Duration> maxDuration) {

    private static final Limits DEFAULTS = new Limits(32, 10_000, 1_000_000, 100, Optional.empty());
    static final Limits NONE =
        new Limits(
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Optional.empty());

    /**
     * @throws UsageException if a bound is below 1, or the duration is not positive
     */
    public Limits {
      requirePositive("maxDepth", maxDepth);
      requirePositive("maxNodes", maxNodes);
      requirePositive("maxEdges", maxEdges);
      requirePositive("maxChains", maxChains);
      Required.require(maxDuration, "maxDuration", "Limits");
      maxDuration.ifPresent(Limits::requirePositive);
    }

    /** 32 edges deep, 10,000 nodes, 1,000,000 edges, 100 chains or paths; no maximal duration. */
    public static Limits defaults() {
      return DEFAULTS;
    }

    public Limits withMaxDepth(int edges) {
      return new Limits(edges, maxNodes, maxEdges, maxChains, maxDuration);
    }

    public Limits withMaxNodes(int nodes) {
      return new Limits(maxDepth, nodes, maxEdges, maxChains, maxDuration);
    }

    public Limits withMaxEdges(int edges) {
      return new Limits(maxDepth, maxNodes, edges, maxChains, maxDuration);
    }

    public Limits withMaxChains(int chains) {
      return new Limits(maxDepth, maxNodes, maxEdges, chains, maxDuration);
    }

    /** Ends a walk that goes on for longer with what it found, truncated. */
    public Limits withMaxDuration(Duration most) {
      Required.require(most, "duration", "Limits.withMaxDuration");
      return new Limits(maxDepth, maxNodes, maxEdges, maxChains, Optional.of(most));
    }

    private static void requirePositive(Duration most) {
      if (most.isNegative() || most.isZero()) {
        throw notPositive("maxDuration", most, "a positive duration");
      }
    }

    private static void requirePositive(String name, int value) {
      if (value < 1) {
        throw notPositive(name, value, "a value of at least 1");
      }
    }

    private static UsageException notPositive(String name, Object value, String wanted) {
      return new UsageException(
          Problem.what("the bound " + name + " is " + value)
              .where("Limits")
              .why("a traversal that may do nothing finds nothing")
              .fix("give " + name + " " + wanted));
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
