package dev.tenon.core.graph;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.graph.SearchSpace.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks for the chains whose product of confidences is greatest.
 *
 * <p>A chain is a path that visits no node twice and has at most {@link Traversal.Limits#maxDepth}
 * edges. The greatest product is the shortest path by −ln(confidence), whose sums order also those
 * chains that are so long that their product is 0 as a double. Where chains are equally strong, one
 * with fewer edges comes first; the answer is the same on each run. Immutable; safe for use by many
 * threads.
 */
public final class ChainSearch {

  private final SearchSpace space;

  private ChainSearch(SearchSpace space) {
    this.space = space;
  }

  ChainSearch(Adjacency adjacency, Bounds bounds) {
    this(
        new SearchSpace(
            adjacency, bounds, true, edge -> -Math.log(adjacency.edge(edge).confidence()), 0));
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
    return new ChainSearch(space.within(confidence));
  }

  /**
   * The strongest chain from one node to another: one chain or none.
   *
   * @throws NotFoundException if the graph lacks one of the nodes
   * @throws UsageException if both are the same node
   */
  public Chains between(String from, String to) {
    int start = space.adjacency().position(from);
    int target = targetOf(from, to);
    CheapestFirst search = new CheapestFirst(space, space.bounds().budget(), start);
    Label found = search.to(target);
    return new Chains(
        found == null ? List.of() : List.of(chain(space, found)), search.isTruncated());
  }

  /**
   * The strongest chains from one node to another, strongest first; parallel edges make chains of
   * their own.
   *
   * <p>At most {@link Traversal.Limits#maxChains}. Yen's algorithm: one search backward from the
   * end, with the same limits of its own, then for each chain that is found a search for each of
   * its edges, which share the limits.
   *
   * @param count how many, 1 or more; fewer are returned if there are no more
   * @throws NotFoundException if the graph lacks one of the nodes
   * @throws UsageException if both are the same node, or {@code count} is below 1
   */
  public Chains between(String from, String to, int count) {
    int start = space.adjacency().position(from);
    int target = targetOf(from, to);
    Checks.count(count, "ChainSearch.between");
    BestPaths.Found found = new BestPaths(space, target).from(start, count);
    return new Chains(
        found.paths().stream().map(label -> chain(space, label)).toList(), found.truncated());
  }

  /**
   * For each node that this one can cause, the strongest chain to it, strongest first.
   *
   * @throws NotFoundException if the graph has no such node
   */
  public Chains from(String node) {
    return all(space, node);
  }

  /**
   * For each node that can cause this one, the strongest chain from it, strongest first.
   *
   * @throws NotFoundException if the graph has no such node
   */
  public Chains into(String node) {
    return all(space.backward(), node);
  }

  private int targetOf(String from, String to) {
    return space.adjacency().otherPosition(from, to, "ChainSearch.between");
  }

  private static Chains all(SearchSpace space, String node) {
    int start = space.adjacency().position(node);
    CheapestFirst search = new CheapestFirst(space, space.bounds().budget(), start);
    List<Chains.Chain> chains = new ArrayList<>();
    search.next();
    for (Label label = search.next(); label != null; label = search.next()) {
      if (chains.size() == space.limits().maxChains()) {
        return new Chains(chains, true);
      }
      chains.add(chain(space, label));
    }
    return new Chains(chains, search.isTruncated());
  }

  private static Chains.Chain chain(SearchSpace space, Label last) {
    return new Chains.Chain(space.nodes(last), space.edges(last), last.product());
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
