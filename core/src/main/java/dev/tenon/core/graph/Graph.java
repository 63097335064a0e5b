package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A directed graph as a value: every edge joins two of its nodes, and every id is there once.
 * Immutable.
 *
 * <p>As a document it is {@code {"nodes": [{"id": …}], "edges": [{"id": …, "from": …, "to": …,
 * "confidence": …}]}}, with the attributes of each part beside its own keys, so that keys which
 * Tenon does not know survive a round trip.
 *
 * @param nodes in the order of the document
 * @param edges in the order of the document
 * @param attributes everything else that the document carries; it may not hold the keys {@code
 *     nodes} and {@code edges}
 */
public record Graph(List<Node> nodes, List<Edge> edges, Attributes attributes) {

  /**
   * @throws InvalidDataException if two nodes or two edges share an id, an edge names a node that
   *     is not there, or the attributes hold the key {@code nodes} or {@code edges}
   */
  public Graph {
    nodes = List.copyOf(nodes);
    edges = List.copyOf(edges);
    attributes.requireWithout(Attributes.OF_GRAPH, () -> "the graph");
    checkJoins(nodes, edges);
  }

  /** A graph without attributes of its own. */
  public static Graph of(List<Node> nodes, List<Edge> edges) {
    return new Graph(nodes, edges, Attributes.none());
  }

  /** The node of an id; looks through all of them. */
  public Optional<Node> node(String id) {
    return nodes.stream().filter(node -> node.id().equals(id)).findFirst();
  }

  /** The edge of an id; looks through all of them. */
  public Optional<Edge> edge(String id) {
    return edges.stream().filter(edge -> edge.id().equals(id)).findFirst();
  }

  /**
   * Some of the nodes and every edge between them, in the order of this graph, whose attributes are
   * kept.
   *
   * @throws NotFoundException if the graph lacks one of the nodes
   */
  public Graph subgraph(Collection<String> nodeIds) {
    Set<String> wanted = new LinkedHashSet<>(nodeIds);
    List<Node> kept = nodes.stream().filter(node -> wanted.contains(node.id())).toList();
    if (kept.size() < wanted.size()) {
      kept.forEach(node -> wanted.remove(node.id()));
      throw Refusals.missingNode(wanted.iterator().next(), "Graph.subgraph");
    }
    List<Edge> between =
        edges.stream()
            .filter(edge -> wanted.contains(edge.from()) && wanted.contains(edge.to()))
            .toList();
    return new Graph(kept, between, attributes);
  }

  private static void checkJoins(List<Node> nodes, List<Edge> edges) {
    Set<String> nodeIds = new HashSet<>(nodes.size() * 2);
    for (Node node : nodes) {
      if (!nodeIds.add(node.id())) {
        throw Refusals.duplicateNode(node.id(), "the graph");
      }
    }
    Set<String> edgeIds = new HashSet<>(edges.size() * 2);
    for (Edge edge : edges) {
      if (!edgeIds.add(edge.id())) {
        throw Refusals.duplicateEdge(edge.id(), "the graph");
      }
      if (!nodeIds.contains(edge.from())) {
        throw Refusals.dangling(edge, edge.from(), "the graph");
      }
      if (!nodeIds.contains(edge.to())) {
        throw Refusals.dangling(edge, edge.to(), "the graph");
      }
    }
  }
}
