package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import org.jooq.JSONB;

/**
 * A node of a {@link Graph}. Immutable.
 *
 * @param id unique among the nodes of its graph
 * @param attributes a JSON object with everything else that the node carries; it is stored beside
 *     the id and may not hold the key {@code id}
 */
public record Node(String id, JSONB attributes) {

  /**
   * @throws InvalidDataException if the id is empty or cannot be stored as text, or the attributes
   *     are no JSON object that can be stored
   */
  public Node {
    Checks.identifier("node", id);
    Attributes.check(attributes, "the node '" + Checks.shown(id) + "'", Attributes.OF_NODE);
  }

  /** A node without attributes. */
  public static Node of(String id) {
    return new Node(id, Attributes.NONE);
  }
}
