package dev.tenon.core.graph;

import java.util.List;

/**
 * A way along edges that ends where it began, and the strongly connected component that it proves.
 * Immutable.
 *
 * @param nodes none twice; the first is the first of its component, and no cycle through it is
 *     shorter
 * @param edges as many as nodes: each leads from the node at its place to the next one, the last
 *     back to the first
 * @param component every node that a path leads to from these, and from which one leads back, in
 *     the order of the graph
 */
public record Cycle(List<Node> nodes, List<Edge> edges, List<Node> component) {

  public Cycle {
    nodes = List.copyOf(nodes);
    edges = List.copyOf(edges);
    component = List.copyOf(component);
  }
}
