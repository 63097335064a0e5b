package dev.tenon.core.graph;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a graph must contain to be found: all the nodes and edges named here.
 *
 * <p>Containment compares values for equality, which is what the GIN index can look up; it knows no
 * ranges, so a confidence cannot be searched by more or less. Immutable.
 */
public final class GraphPattern {

  private static final GraphPattern ANY = new GraphPattern(List.of(), List.of());

  private final List<ObjectNode> nodes;
  private final List<ObjectNode> edges;

  private GraphPattern(List<ObjectNode> nodes, List<ObjectNode> edges) {
    this.nodes = nodes;
    this.edges = edges;
  }

  /** A pattern without demands, to add to; a search refuses it as it is. */
  public static GraphPattern containing() {
    return ANY;
  }

  /** Demands a node of this id. */
  public GraphPattern node(String id) {
    return node(id, Attributes.none());
  }

  /** Demands a node of this id with at least these attributes. */
  public GraphPattern node(String id, Attributes attributes) {
    Checks.identifier("node", id);
    attributes.requireWithout(Attributes.OF_NODE, () -> Checks.node(id));
    ObjectNode node = Json.MAPPER.createObjectNode().put("id", id);
    return new GraphPattern(plus(nodes, attributes.addTo(node)), edges);
  }

  /** Demands an edge between these nodes, whatever its id. */
  public GraphPattern edge(String from, String to) {
    return edge(from, to, Attributes.none());
  }

  /** Demands an edge between these nodes with at least these attributes, whatever its id. */
  public GraphPattern edge(String from, String to, Attributes attributes) {
    Checks.identifier("from node of an edge", from);
    Checks.identifier("to node of an edge", to);
    attributes.requireWithout(Attributes.OF_EDGE, () -> "the edge of a pattern");
    ObjectNode edge = Json.MAPPER.createObjectNode().put("from", from).put("to", to);
    return new GraphPattern(nodes, plus(edges, attributes.addTo(edge)));
  }

  /** The right side of {@code @>}. */
  String json() {
    if (nodes.isEmpty() && edges.isEmpty()) {
      throw new UsageException(
          Problem.what("the pattern demands nothing")
              .where("GraphPattern")
              .why("every graph contains it, and the index cannot help")
              .fix("name a node or an edge"));
    }
    ObjectNode document = Json.MAPPER.createObjectNode();
    if (!nodes.isEmpty()) {
      document.putArray("nodes").addAll(nodes);
    }
    if (!edges.isEmpty()) {
      document.putArray("edges").addAll(edges);
    }
    return document.toString();
  }

  private static List<ObjectNode> plus(List<ObjectNode> present, ObjectNode one) {
    List<ObjectNode> more = new ArrayList<>(present);
    more.add(one);
    return List.copyOf(more);
  }
}
