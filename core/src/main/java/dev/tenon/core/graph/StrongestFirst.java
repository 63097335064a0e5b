package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Dijkstra's algorithm on −ln(confidence), whose shortest path is the chain of the greatest
 * product.
 *
 * <p>Sums of logarithms order chains that are so long that their product is 0 as a double. The
 * bound on depth makes a second dimension: a weaker path to a node is worth following only if it
 * has fewer edges, so a node is visited again for each smaller depth, at most {@code maxDepth}
 * times.
 */
final class StrongestFirst {

  static final int NO_TARGET = -1;

  private static final int UNVISITED = Integer.MAX_VALUE;
  private static final Comparator<Label> STRONGEST =
      Comparator.comparingDouble(Label::cost)
          .thenComparingInt(Label::depth)
          .thenComparingLong(Label::serial);

  private final Adjacency adjacency;
  private final Traversal.Limits limits;
  private final double minConfidence;
  private final boolean forward;
  private final Adjacency.Incidence way;
  private final boolean depthBinds;

  private final PriorityQueue<Label> queue = new PriorityQueue<>(STRONGEST);
  private final int[] visitedAt;
  private final List<ChainSearch.Chains.Chain> found = new ArrayList<>();
  private boolean truncated;
  private long serial;

  /** A path to a node, as its last edge and the path before it. */
  private record Label(
      int node,
      double cost,
      double product,
      int depth,
      int edge,
      @Nullable Label before,
      long serial) {}

  StrongestFirst(
      Adjacency adjacency,
      Traversal.Limits limits,
      double minConfidence,
      Traversal.Direction direction) {
    this.adjacency = adjacency;
    this.limits = limits;
    this.minConfidence = minConfidence;
    forward = direction == Traversal.Direction.OUT;
    way = forward ? adjacency.out() : adjacency.in();
    depthBinds = limits.maxDepth() < adjacency.size() - 1;
    visitedAt = new int[adjacency.size()];
    Arrays.fill(visitedAt, UNVISITED);
  }

  ChainSearch.Chains search(int start, int target) {
    queue.add(new Label(start, 0, 1, 0, -1, null, serial++));
    int visits = 0;
    for (Label label = queue.poll(); label != null; label = queue.poll()) {
      if (label.depth >= visitedAt[label.node]) {
        continue;
      }
      if (visits++ == limits.maxNodes() || !collect(label, start, target)) {
        truncated = true;
        break;
      }
      if (label.node == target) {
        break;
      }
      visitedAt[label.node] = depthBinds ? label.depth : 0;
      follow(label);
    }
    return new ChainSearch.Chains(found, truncated);
  }

  /** Keeps the first, and so the strongest, path to a node; false if there is no room for it. */
  private boolean collect(Label label, int start, int target) {
    boolean wanted = target == NO_TARGET ? label.node != start : label.node == target;
    if (!wanted || visitedAt[label.node] != UNVISITED) {
      return true;
    }
    if (found.size() == limits.maxChains()) {
      return false;
    }
    found.add(chain(label));
    return true;
  }

  private void follow(Label label) {
    for (int slot = way.first(label.node); slot < way.end(label.node); slot++) {
      int next = way.farEnd(slot);
      double confidence = adjacency.edge(way.edge(slot)).confidence();
      double product = label.product * confidence;
      if (product < minConfidence || label.depth + 1 >= visitedAt[next]) {
        continue;
      }
      if (label.depth == limits.maxDepth()) {
        truncated |= visitedAt[next] == UNVISITED;
        continue;
      }
      double cost = label.cost - Math.log(confidence);
      queue.add(new Label(next, cost, product, label.depth + 1, way.edge(slot), label, serial++));
    }
  }

  private ChainSearch.Chains.Chain chain(Label last) {
    List<Node> nodes = new ArrayList<>();
    List<Edge> edges = new ArrayList<>();
    for (Label label = last; label != null; label = label.before) {
      nodes.add(adjacency.node(label.node));
      if (label.before != null) {
        edges.add(adjacency.edge(label.edge));
      }
    }
    if (forward) {
      Collections.reverse(nodes);
      Collections.reverse(edges);
    }
    return new ChainSearch.Chains.Chain(nodes, edges, last.product);
  }
}
