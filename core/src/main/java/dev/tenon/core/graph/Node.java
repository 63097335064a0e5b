package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;

/**
 * A node of a {@link Graph}. Immutable.
 *
 * @param id unique among the nodes of its graph
 * @param attributes everything else that the node carries; stored beside the id, so it may not hold
 *     the key {@code id}
 */
public record Node(String id, Attributes attributes) {

  /**
   * @throws InvalidDataException if the id is empty or cannot be stored as text, or the attributes
   *     hold the key {@code id}
   */
  public Node {
    Checks.identifier("node", id);
    attributes.requireWithout(Attributes.OF_NODE, () -> Checks.node(id));
  }

  /** A node without attributes. */
  public static Node of(String id) {
    return new Node(id, Attributes.none());
  }
}
