package dev.tenon.core.graph;

import java.util.List;

/**
 * The nodes around a node.
 *
 * @param reached without the start, nearest first, and in the order of the document's edges where
 *     equally near
 * @param truncated whether {@link Limits} ended the walk while there was more to reach
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
