package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Reaches nodes level by level, until the hops, the limits or the graph end. */
final class BreadthFirst {

  private final Adjacency adjacency;
  private final Traversal.Limits limits;
  private final List<Adjacency.Incidence> ways;
  private final Budget budget;

  BreadthFirst(Adjacency adjacency, Bounds bounds, Traversal.Direction direction) {
    this.adjacency = adjacency;
    this.limits = bounds.limits();
    this.budget = bounds.budget();
    this.ways =
        switch (direction) {
          case OUT -> List.of(adjacency.out());
          case IN -> List.of(adjacency.in());
          case BOTH -> List.of(adjacency.out(), adjacency.in());
        };
  }

  Traversal.Hops walk(int start, int hops) {
    BitSet seen = new BitSet(adjacency.size());
    seen.set(start);
    List<Traversal.Hops.Reached> reached = new ArrayList<>();
    List<Integer> level = List.of(start);
    int depth = Math.min(hops, limits.maxDepth());
    for (int distance = 1; distance <= depth && !level.isEmpty(); distance++) {
      List<Integer> next = new ArrayList<>();
      for (int node : level) {
        if (!reach(node, limits.maxNodes() - reached.size() - next.size(), seen, next)) {
          add(reached, next, distance);
          return new Traversal.Hops(reached, true);
        }
      }
      add(reached, next, distance);
      level = next;
    }
    boolean more = hops > depth && level.stream().anyMatch(node -> leadsOn(node, seen));
    return new Traversal.Hops(reached, more);
  }

  /** Adds the new neighbours of a node; false if there are more of them than the limits allow. */
  private boolean reach(int node, int room, BitSet seen, List<Integer> next) {
    int left = room;
    for (Adjacency.Incidence way : ways) {
      for (int slot = way.first(node); slot < way.end(node); slot++) {
        if (!budget.look()) {
          return false;
        }
        int neighbour = way.farEnd(slot);
        if (seen.get(neighbour)) {
          continue;
        }
        if (left == 0) {
          return false;
        }
        seen.set(neighbour);
        next.add(neighbour);
        left--;
      }
    }
    return true;
  }

  private boolean leadsOn(int node, BitSet seen) {
    for (Adjacency.Incidence way : ways) {
      for (int slot = way.first(node); slot < way.end(node); slot++) {
        if (!seen.get(way.farEnd(slot))) {
          return true;
        }
      }
    }
    return false;
  }

  private void add(List<Traversal.Hops.Reached> reached, List<Integer> level, int distance) {
    for (int node : level) {
      reached.add(new Traversal.Hops.Reached(adjacency.node(node), distance));
    }
  }
}
