package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import org.jooq.JSONB;

/**
 * A directed edge of a {@link Graph}: {@code from} causes, calls or feeds {@code to}. Immutable.
 *
 * <p>Two nodes may have several edges between them, each with an id of its own.
 *
 * @param id unique among the edges of its graph; patches address the edge by it
 * @param from the id of the node that it leaves
 * @param to the id of the node that it enters
 * @param confidence how likely the edge holds: above 0, at most 1
 * @param attributes a JSON object with everything else that the edge carries; it is stored beside
 *     the other components and may not hold a key of their names
 */
public record Edge(String id, String from, String to, double confidence, JSONB attributes) {

  /**
   * @throws InvalidDataException if an id is empty or cannot be stored as text, the confidence is
   *     outside (0, 1], or the attributes are no JSON object that can be stored
   */
  public Edge {
    Checks.identifier("edge", id);
    Checks.identifier("from node of edge '" + Checks.shown(id) + "'", from);
    Checks.identifier("to node of edge '" + Checks.shown(id) + "'", to);
    String place = Checks.edge(id, from, to);
    Checks.confidence(confidence, place);
    Attributes.check(attributes, place, Attributes.OF_EDGE);
  }

  /** An edge without attributes. */
  public static Edge of(String id, String from, String to, double confidence) {
    return new Edge(id, from, to, confidence, Attributes.NONE);
  }

  /** The same edge with another confidence. */
  public Edge withConfidence(double newConfidence) {
    return new Edge(id, from, to, newConfidence, attributes);
  }

  /** The same edge with other attributes, which replace the present ones. */
  public Edge withAttributes(JSONB newAttributes) {
    return new Edge(id, from, to, confidence, newAttributes);
  }

  boolean isSelfLoop() {
    return from.equals(to);
  }
}
