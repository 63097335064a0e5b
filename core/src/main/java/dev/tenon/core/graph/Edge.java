package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;

/**
 * A directed edge of a {@link Graph}: {@code from} causes, calls or feeds {@code to}. Immutable.
 *
 * <p>Two nodes may have several edges between them, each with an id of its own.
 *
 * @param id unique among the edges of its graph; patches address the edge by it
 * @param from the id of the node that it leaves
 * @param to the id of the node that it enters
 * @param confidence how likely the edge holds: above 0, at most 1
 * @param attributes everything else that the edge carries; stored beside the other components, so
 *     it may not hold a key of their names
 */
public record Edge(String id, String from, String to, double confidence, Attributes attributes) {

  /**
   * @throws InvalidDataException if an id is empty or cannot be stored as text, the confidence is
   *     outside (0, 1], or the attributes hold a key of the other components
   */
  public Edge {
    Checks.identifier("edge", id);
    Checks.identifier("node that an edge leaves", from);
    Checks.identifier("node that an edge enters", to);
    Checks.confidence(confidence, () -> Checks.edge(id, from, to));
    attributes.requireWithout(Attributes.OF_EDGE, () -> Checks.edge(id, from, to));
  }

  /** An edge without attributes. */
  public static Edge of(String id, String from, String to, double confidence) {
    return new Edge(id, from, to, confidence, Attributes.none());
  }

  /** The same edge with another confidence. */
  public Edge withConfidence(double newConfidence) {
    return new Edge(id, from, to, newConfidence, attributes);
  }

  /** The same edge with other attributes, which replace the present ones. */
  public Edge withAttributes(Attributes newAttributes) {
    return new Edge(id, from, to, confidence, newAttributes);
  }

  boolean isSelfLoop() {
    return from.equals(to);
  }
}
