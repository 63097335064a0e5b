package dev.tenon.core.graph;

import java.util.List;

/** Whether the nodes of a graph have an order in which every edge leads onward, and which. */
public sealed interface TopologicalOrder {

  /**
   * There is one.
   *
   * @param nodes all of them, each behind every node from which an edge leads to it; of those that
   *     could come next, the first of the document does
   */
  record Sorted(List<Node> nodes) implements TopologicalOrder {

    public Sorted {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * There is none.
   *
   * @param witness a cycle of the graph
   */
  record Cyclic(Cycle witness) implements TopologicalOrder {}
}
