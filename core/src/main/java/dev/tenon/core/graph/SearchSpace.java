package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The paths that a search chooses from, and what makes one cheaper than another.
 *
 * @param forward whether edges are followed from cause to effect
 * @param cost of an edge, by its place; never negative, never NaN
 * @param minConfidence paths whose product of confidences is less are not followed
 */
record SearchSpace(
    Adjacency adjacency,
    Bounds bounds,
    boolean forward,
    IntToDoubleFunction cost,
    double minConfidence) {

  /**
   * A path from the start of a search to a node, as its last edge and the path before it.
   *
   * @param leastCost what a path to the target that begins so costs at least
   * @param leastDepth how many edges it has at least, if it costs no more
   */
  record Label(
      int node,
      double cost,
      double product,
      int depth,
      int edge,
      @Nullable Label before,
      double leastCost,
      int leastDepth,
      long serial) {

    static Label start(int node) {
      return new Label(node, 0, 1, 0, -1, null, 0, 0, 0);
    }

    /** The labels of the path, from its start to this one; each at the place of its depth. */
    List<Label> path() {
      List<Label> labels = new ArrayList<>();
      for (Label label = this; label != null; label = label.before) {
        labels.add(label);
      }
      Collections.reverse(labels);
      return labels;
    }
  }

  SearchSpace within(double newMinConfidence) {
    return new SearchSpace(adjacency, bounds, forward, cost, newMinConfidence);
  }

  SearchSpace backward() {
    return new SearchSpace(adjacency, bounds, false, cost, minConfidence);
  }

  /** The same paths without cut-offs, seen from their ends. */
  SearchSpace unbounded() {
    Bounds deep = bounds.within(limits().withMaxDepth(Integer.MAX_VALUE));
    return new SearchSpace(adjacency, deep, !forward, cost, 0);
  }

  Traversal.Limits limits() {
    return bounds.limits();
  }

  Adjacency.Incidence way() {
    return forward ? adjacency.out() : adjacency.in();
  }

  /** The nodes of a path from cause to effect. */
  List<Node> nodes(Label last) {
    return inOrder(last.path().stream().map(label -> adjacency.node(label.node)).toList());
  }

  /** The edges of a path from cause to effect. */
  List<Edge> edges(Label last) {
    return inOrder(last.path().stream().skip(1).map(label -> adjacency.edge(label.edge)).toList());
  }

  private <T> List<T> inOrder(List<T> fromStart) {
    if (forward) {
      return fromStart;
    }
    List<T> turned = new ArrayList<>(fromStart);
    Collections.reverse(turned);
    return turned;
  }
}
