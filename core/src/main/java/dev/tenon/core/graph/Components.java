package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Tarjan's strongly connected components (SIAM Journal on Computing 1, 1972), with a stack of its
 * own in place of recursion; linear in nodes and edges.
 */
final class Components {

  private static final int NEVER = -1;

  private final Adjacency adjacency;
  private final Adjacency.Incidence out;

  private final int[] opened;
  private final int[] lowest;
  private final int[] slots;
  private final int[] componentOf;
  private final int[] open;
  private final int[] path;
  private final int[] cameFrom;
  private final int[] cameBy;
  private int openSize;
  private int pathSize;
  private int clock;
  private final List<int[]> cyclic = new ArrayList<>();

  Components(Adjacency adjacency) {
    this.adjacency = adjacency;
    int size = adjacency.size();
    out = adjacency.out();
    opened = filled(size);
    lowest = new int[size];
    slots = new int[size];
    componentOf = filled(size);
    open = new int[size];
    path = new int[size];
    cameFrom = new int[size];
    cameBy = filled(size);
  }

  private static int[] filled(int size) {
    int[] array = new int[size];
    Arrays.fill(array, NEVER);
    return array;
  }

  List<Cycle> cycles() {
    for (int node = 0; node < opened.length; node++) {
      if (opened[node] == NEVER) {
        visit(node);
      }
    }
    cyclic.sort(Comparator.comparingInt(members -> members[0]));
    return cyclic.stream().map(this::shortestThroughFirst).toList();
  }

  private void visit(int root) {
    enter(root);
    while (pathSize > 0) {
      int node = path[pathSize - 1];
      if (slots[node] < out.end(node)) {
        int next = out.farEnd(slots[node]++);
        if (opened[next] == NEVER) {
          enter(next);
        } else if (componentOf[next] == NEVER) {
          lowest[node] = Math.min(lowest[node], opened[next]);
        }
      } else {
        leave(node);
      }
    }
  }

  private void enter(int node) {
    opened[node] = clock;
    lowest[node] = clock++;
    slots[node] = out.first(node);
    open[openSize++] = node;
    path[pathSize++] = node;
  }

  private void leave(int node) {
    pathSize--;
    if (pathSize > 0) {
      int before = path[pathSize - 1];
      lowest[before] = Math.min(lowest[before], lowest[node]);
    }
    if (lowest[node] == opened[node]) {
      close(node);
    }
  }

  /** What was opened since this node, and is open still, is its component. */
  private void close(int node) {
    int end = openSize;
    do {
      openSize--;
      componentOf[open[openSize]] = node;
    } while (open[openSize] != node);
    int[] members = Arrays.copyOfRange(open, openSize, end);
    if (members.length > 1 || hasLoop(node)) {
      Arrays.sort(members);
      cyclic.add(members);
    }
  }

  private boolean hasLoop(int node) {
    for (int slot = out.first(node); slot < out.end(node); slot++) {
      if (out.farEnd(slot) == node) {
        return true;
      }
    }
    return false;
  }

  /** Breadth first within the component, from its first node until an edge leads back to it. */
  private Cycle shortestThroughFirst(int[] members) {
    int start = members[0];
    int[] reached = new int[members.length];
    reached[0] = start;
    int size = 1;
    for (int i = 0; i < size; i++) {
      for (int slot = out.first(reached[i]); slot < out.end(reached[i]); slot++) {
        int next = out.farEnd(slot);
        if (next == start) {
          cameFrom[start] = reached[i];
          cameBy[start] = out.edge(slot);
          return cycle(members);
        }
        if (componentOf[next] == componentOf[start] && cameBy[next] == NEVER) {
          cameFrom[next] = reached[i];
          cameBy[next] = out.edge(slot);
          reached[size++] = next;
        }
      }
    }
    throw new IllegalStateException("no edge leads back within a component");
  }

  /** The way back from the first member to itself, turned round. */
  private Cycle cycle(int[] members) {
    List<Node> nodes = new ArrayList<>();
    List<Edge> edges = new ArrayList<>();
    int node = members[0];
    do {
      edges.add(adjacency.edge(cameBy[node]));
      node = cameFrom[node];
      nodes.add(adjacency.node(node));
    } while (node != members[0]);
    Collections.reverse(nodes);
    Collections.reverse(edges);
    List<Node> component = Arrays.stream(members).mapToObj(adjacency::node).toList();
    return new Cycle(nodes, edges, component);
  }
}
