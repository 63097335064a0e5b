package dev.tenon.core.graph;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.List;
import java.util.Optional;

/**
 * Looks for the chains whose product of confidences is greatest.
 *
 * <p>A chain is a path that visits no node twice and has at most {@link Traversal.Limits#maxDepth}
 * edges. Where chains are equally strong, one with fewer edges comes first; the answer is the same
 * on each run. Immutable; safe for use by many threads.
 */
public final class ChainSearch {

  private final Adjacency adjacency;
  private final Traversal.Limits limits;
  private final double minConfidence;

  ChainSearch(Adjacency adjacency, Traversal.Limits limits, double minConfidence) {
    this.adjacency = adjacency;
    this.limits = limits;
    this.minConfidence = minConfidence;
  }

  /**
   * Cuts off chains that are weaker than this; they are not followed, and do not count as
   * truncated.
   *
   * @param confidence 0, which cuts off nothing, to 1; chains of exactly this confidence stay
   * @throws UsageException if it is outside [0, 1]
   */
  public ChainSearch minConfidence(double confidence) {
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new UsageException(
          Problem.what("the cut-off " + confidence + " is outside [0, 1]")
              .where("ChainSearch.minConfidence")
              .why("the confidence of a chain is a product of probabilities")
              .fix("pass a number from 0 to 1"));
    }
    return new ChainSearch(adjacency, limits, confidence);
  }

  /**
   * The strongest chain from one node to another: one chain or none.
   *
   * @throws NotFoundException if the graph lacks one of the nodes
   * @throws UsageException if both are the same node
   */
  public Chains between(String from, String to) {
    int start = adjacency.position(from);
    int target = adjacency.position(to);
    if (start == target) {
      throw new UsageException(
          Problem.what("a chain from the node '" + Checks.shown(from) + "' to itself was asked for")
              .where("ChainSearch.between")
              .why("a chain visits no node twice")
              .fix("pass two nodes"));
    }
    return new StrongestFirst(adjacency, limits, minConfidence, Traversal.Direction.OUT)
        .search(start, target);
  }

  /**
   * For each node that this one can cause, the strongest chain to it, strongest first.
   *
   * @throws NotFoundException if the graph has no such node
   */
  public Chains from(String node) {
    return all(node, Traversal.Direction.OUT);
  }

  /**
   * For each node that can cause this one, the strongest chain from it, strongest first.
   *
   * @throws NotFoundException if the graph has no such node
   */
  public Chains into(String node) {
    return all(node, Traversal.Direction.IN);
  }

  private Chains all(String node, Traversal.Direction direction) {
    return new StrongestFirst(adjacency, limits, minConfidence, direction)
        .search(adjacency.position(node), StrongestFirst.NO_TARGET);
  }

  /**
   * Causal chains, strongest first.
   *
   * @param chains empty if there is none, or none as strong as was asked
   * @param truncated whether {@link Traversal.Limits} ended the search while there was more to
   *     follow: a chain that is missing here, or a stronger one, may exist beyond the bounds
   */
  public record Chains(List<Chain> chains, boolean truncated) {

    public Chains {
      chains = List.copyOf(chains);
    }

    /** The first chain, if there is any. */
    public Optional<Chain> strongest() {
      return chains.stream().findFirst();
    }

    /**
     * A path from a cause to an effect.
     *
     * @param nodes from cause to effect, one more than edges
     * @param edges from cause to effect
     * @param confidence the product of the confidences of the edges; 0 if a double cannot hold a
     *     number so small
     */
    public record Chain(List<Node> nodes, List<Edge> edges, double confidence) {

      public Chain {
        nodes = List.copyOf(nodes);
        edges = List.copyOf(edges);
      }
    }
  }
}
