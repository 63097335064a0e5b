package dev.tenon.core.graph;

import dev.tenon.core.graph.SearchSpace.Label;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Dijkstra's algorithm (Numerische Mathematik 1, 1959), handing out one node after the other; with
 * a lower bound of what is left to a target it is A* (Hart, Nilsson and Raphael, 1968).
 *
 * <p>The bound on depth makes a second dimension: a dearer path to a node is worth following only
 * if it has fewer edges, so a node is visited again for each smaller depth, at most {@code
 * maxDepth} times. Where the bound cannot bind, a node is visited once. A path never returns to a
 * node that it visited: there it would be no cheaper and have more edges.
 */
final class CheapestFirst {

  private static final int UNVISITED = Integer.MAX_VALUE;
  private static final Comparator<Label> CHEAPEST =
      Comparator.comparingDouble(Label::leastCost)
          .thenComparingInt(Label::leastDepth)
          .thenComparing(Comparator.comparingInt(Label::depth).reversed())
          .thenComparingLong(Label::serial);

  private final SearchSpace space;
  private final Budget budget;
  private final LowerBound left;
  private final Label start;
  private final Set<Integer> barredEdges;
  private final boolean depthBinds;

  private final PriorityQueue<Label> queue = new PriorityQueue<>(CHEAPEST);
  private final int[] visitedAt;
  private @Nullable Label pending;
  private boolean truncated;
  private long serial;

  /**
   * What is left from a node to the target at least: no way on costs less, and none that costs as
   * much has fewer edges.
   */
  interface LowerBound {

    /** Nothing is known. */
    LowerBound NONE =
        new LowerBound() {
          @Override
          public double cost(int node) {
            return 0;
          }

          @Override
          public int edges(int node) {
            return 0;
          }
        };

    /** Infinite where no way leads on. */
    double cost(int node);

    int edges(int node);
  }

  /** A search from a node. */
  CheapestFirst(SearchSpace space, Budget budget, int start) {
    this(space, budget, LowerBound.NONE, Label.start(start), Set.of());
  }

  /**
   * A search for the paths that go on from one that is there.
   *
   * @param barredEdges the edges by which the path may not go on at once
   */
  CheapestFirst(
      SearchSpace space, Budget budget, LowerBound left, Label start, Set<Integer> barredEdges) {
    this.space = space;
    this.budget = budget;
    this.left = left;
    this.start = start;
    this.barredEdges = barredEdges;
    depthBinds = space.limits().maxDepth() < space.adjacency().size() - 1;
    visitedAt = new int[space.adjacency().size()];
    Arrays.fill(visitedAt, UNVISITED);
    for (Label label = start.before(); label != null; label = label.before()) {
      visitedAt[label.node()] = 0;
    }
    queue.add(start);
  }

  /** The next node by cost, with its cheapest path; null if no other can be reached. */
  @Nullable Label next() {
    if (pending != null) {
      follow(pending);
      pending = null;
    }
    for (Label label = queue.poll(); label != null; label = queue.poll()) {
      int before = visitedAt[label.node()];
      if (label.depth() >= before) {
        continue;
      }
      if (!budget.visit()) {
        stop();
        return null;
      }
      visitedAt[label.node()] = depthBinds ? label.depth() : 0;
      if (before == UNVISITED) {
        // Followed only when more is asked for: what lies behind a target truncates nothing.
        pending = label;
        return label;
      }
      follow(label);
    }
    return null;
  }

  /** The cheapest path to a node; null if there is none, or none within the limits. */
  @Nullable Label to(int target) {
    Label label = next();
    while (label != null && label.node() != target) {
      label = next();
    }
    return label;
  }

  /** Whether the limits kept the search from something that it would have followed. */
  boolean isTruncated() {
    return truncated;
  }

  private void follow(Label label) {
    Adjacency.Incidence way = space.way();
    for (int slot = way.first(label.node()); slot < way.end(label.node()); slot++) {
      if (!budget.look()) {
        stop();
        return;
      }
      boolean atStart = label.depth() == start.depth();
      if (!atStart || !barredEdges.contains(way.edge(slot))) {
        extend(label, way.edge(slot), way.farEnd(slot));
      }
    }
  }

  private void extend(Label label, int edge, int next) {
    double leftCost = left.cost(next);
    double product = label.product() * space.adjacency().edge(edge).confidence();
    int depth = label.depth() + 1;
    if (leftCost == Double.POSITIVE_INFINITY
        || product < space.minConfidence()
        || depth >= visitedAt[next]) {
      return;
    }
    if (label.depth() == space.limits().maxDepth()) {
      truncated |= visitedAt[next] == UNVISITED;
      return;
    }
    double cost = label.cost() + space.cost().applyAsDouble(edge);
    int leastDepth = depth + left.edges(next);
    queue.add(
        new Label(next, cost, product, depth, edge, label, cost + leftCost, leastDepth, ++serial));
  }

  private void stop() {
    truncated = true;
    queue.clear();
  }
}
