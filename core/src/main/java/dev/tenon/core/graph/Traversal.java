package dev.tenon.core.graph;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;

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
}
