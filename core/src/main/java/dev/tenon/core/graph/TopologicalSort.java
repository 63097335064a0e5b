package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Kahn's algorithm (Communications of the ACM 5, 1962): a node is next when no edge leads to it but
 * from nodes that came. A queue by position makes the order one, in O(edges + nodes log nodes).
 */
final class TopologicalSort {

  private TopologicalSort() {}

  static TopologicalOrder of(Adjacency adjacency) {
    int[] waitsFor = new int[adjacency.size()];
    PriorityQueue<Integer> free = new PriorityQueue<>();
    for (int node = 0; node < waitsFor.length; node++) {
      waitsFor[node] = adjacency.in().end(node) - adjacency.in().first(node);
      if (waitsFor[node] == 0) {
        free.add(node);
      }
    }
    List<Node> sorted = new ArrayList<>(waitsFor.length);
    Adjacency.Incidence out = adjacency.out();
    while (!free.isEmpty()) {
      int node = free.remove();
      sorted.add(adjacency.node(node));
      for (int slot = out.first(node); slot < out.end(node); slot++) {
        int next = out.farEnd(slot);
        if (--waitsFor[next] == 0) {
          free.add(next);
        }
      }
    }
    return sorted.size() == adjacency.size()
        ? new TopologicalOrder.Sorted(sorted)
        : new TopologicalOrder.Cyclic(new Components(adjacency).cycles().get(0));
  }
}
