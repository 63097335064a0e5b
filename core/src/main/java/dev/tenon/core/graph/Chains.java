package dev.tenon.core.graph;

import java.util.List;
import java.util.Optional;

/**
 * Causal chains, strongest first.
 *
 * @param chains empty if there is none, or none as strong as was asked
 * @param truncated whether {@link Limits} ended the search while there was more to follow: a chain
 *     that is missing here, or a stronger one, may exist beyond the bounds
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
