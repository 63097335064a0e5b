package dev.tenon.core.graph;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.List;

/**
 * Walks over one graph in memory, bounded by {@link Limits}.
 *
 * <p>Building it indexes the graph once, in time linear in nodes and edges; keep it for several
 * walks. Nothing recurses, and no I/O happens. Immutable; safe for use by many threads.
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
    if (hops < 0) {
      throw new UsageException(
          Problem.what(hops + " hops were asked for")
              .where("Traversal.hops")
              .fix("pass 0 or more"));
    }
    return new BreadthFirst(adjacency, limits, direction).walk(adjacency.position(node), hops);
  }

  /** The strongest causal chains, without a cut-off until one is set. */
  public ChainSearch chains() {
    return new ChainSearch(adjacency, limits, 0);
  }

  /**
   * The bounds of a traversal, so that no graph can hold a thread for long.
   *
   * @param maxDepth the most edges between the start and a node that is reached
   * @param maxNodes the most nodes that are visited; a node visited again over fewer edges counts
   *     again
   * @param maxChains the most chains that are returned
   */
  public record Limits(int maxDepth, int maxNodes, int maxChains) {

    private static final Limits DEFAULTS = new Limits(32, 10_000, 100);

    /**
     * @throws UsageException if a bound is below 1
     */
    public Limits {
      requirePositive("maxDepth", maxDepth);
      requirePositive("maxNodes", maxNodes);
      requirePositive("maxChains", maxChains);
    }

    /** 32 edges deep, 10,000 nodes, 100 chains. */
    public static Limits defaults() {
      return DEFAULTS;
    }

    public Limits withMaxDepth(int edges) {
      return new Limits(edges, maxNodes, maxChains);
    }

    public Limits withMaxNodes(int nodes) {
      return new Limits(maxDepth, nodes, maxChains);
    }

    public Limits withMaxChains(int chains) {
      return new Limits(maxDepth, maxNodes, chains);
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
   * @param truncated whether {@link Traversal.Limits} ended the walk while there was more to reach
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
}
