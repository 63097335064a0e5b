package dev.tenon.core.graph;

import dev.tenon.core.graph.SearchSpace.Label;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The best paths between two nodes, after Yen (Management Science 17, 1971) with Lawler's partition
 * (Management Science 18, 1972).
 *
 * <p>Each path that is found splits the paths that are left: for each of its nodes, those that
 * share it up to there and go on by another edge. Parts do not overlap, so no path is found twice,
 * and the best of all is the best of the bests of the parts. What is left from each node to the
 * target is known from one search backward, so that the search for the best of a part goes straight
 * at it.
 */
final class BestPaths {

  private static final Comparator<Label> BEST =
      Comparator.comparingDouble(Label::cost).thenComparingInt(Label::depth);

  private final SearchSpace space;
  private final Budget budget;
  private final int target;
  private final CheapestFirst.LowerBound left;

  private final PriorityQueue<Part> parts =
      new PriorityQueue<>(Comparator.comparing(Part::best, BEST).thenComparingInt(Part::serial));
  private boolean truncated;
  private int serial;

  /**
   * The paths that share some edges and go on by others.
   *
   * @param best the best of them
   * @param shared how many edges they share
   * @param barred the edges by which they do not go on behind those
   */
  private record Part(Label best, int shared, Set<Integer> barred, int serial) {}

  /**
   * What was found.
   *
   * @param paths best first
   * @param truncated whether there may be a better one, or one more, beyond the limits
   */
  record Found(List<Label> paths, boolean truncated) {}

  BestPaths(SearchSpace space, int target) {
    this.space = space;
    this.target = target;
    budget = space.bounds().budget();
    left = new Remainder(space, budget.again(), target);
  }

  Found from(int start, int count) {
    List<Label> found = new ArrayList<>();
    offer(Label.start(start), Set.of());
    // With the budget spent a part may lack its best path, and no other is proved to be the next.
    while (found.size() < count && !parts.isEmpty() && !budget.isSpent()) {
      if (found.size() == space.limits().maxChains()) {
        truncated = true;
        break;
      }
      Part part = parts.remove();
      found.add(part.best);
      if (found.size() < count) {
        split(part);
      }
    }
    // Sums of the same costs in another order differ in their last digit.
    found.sort(BEST);
    return new Found(found, truncated);
  }

  private void split(Part part) {
    List<Label> path = part.best.path();
    for (int shared = part.shared; shared < path.size() - 1; shared++) {
      Set<Integer> barred = new HashSet<>(shared == part.shared ? part.barred : Set.of());
      barred.add(path.get(shared + 1).edge());
      offer(path.get(shared), barred);
    }
  }

  private void offer(Label start, Set<Integer> barred) {
    CheapestFirst search = new CheapestFirst(space, budget, left, start, barred);
    Label best = search.to(target);
    truncated |= search.isTruncated();
    if (best != null) {
      parts.add(new Part(best, start.depth(), barred, serial++));
    }
  }

  /** What is left from each node to a target; where the limits hide it, less than that. */
  private static final class Remainder implements CheapestFirst.LowerBound {

    private final double[] costs;
    private final int[] depths;

    Remainder(SearchSpace space, Budget budget, int target) {
      costs = new double[space.adjacency().size()];
      depths = new int[costs.length];
      Arrays.fill(costs, Double.POSITIVE_INFINITY);
      CheapestFirst backward = new CheapestFirst(space.unbounded(), budget, target);
      Label last = Label.start(target);
      for (Label label = backward.next(); label != null; label = backward.next()) {
        costs[label.node()] = label.cost();
        depths[label.node()] = label.depth();
        last = label;
      }
      if (backward.isTruncated()) {
        fill(last);
      }
    }

    /** What was not reached is no nearer than what was reached last. */
    private void fill(Label last) {
      for (int node = 0; node < costs.length; node++) {
        if (costs[node] == Double.POSITIVE_INFINITY) {
          costs[node] = last.cost();
          depths[node] = last.depth();
        }
      }
    }

    @Override
    public double cost(int node) {
      return costs[node];
    }

    @Override
    public int edges(int node) {
      return depths[node];
    }
  }
}
