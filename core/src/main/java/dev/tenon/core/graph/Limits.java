package dev.tenon.core.graph;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;

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
