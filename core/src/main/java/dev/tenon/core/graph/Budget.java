package dev.tenon.core.graph;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What one search may still do within {@link Traversal.Limits}; for one thread. */
final class Budget {

  /** A look at the clock costs as much as some ten edges. */
  private static final int STEPS_PER_LOOK_AT_CLOCK = 64;

  private final Traversal.Limits limits;
  private final @Nullable Deadline deadline;
  private int nodes;
  private int edges;
  private boolean spent;

  Budget(Bounds bounds) {
    this(bounds.limits(), Deadline.of(bounds));
  }

  private Budget(Traversal.Limits limits, @Nullable Deadline deadline) {
    this.limits = limits;
    this.deadline = deadline;
    nodes = limits.maxNodes();
    edges = limits.maxEdges();
  }

  /** As many nodes and edges as at the beginning, until the same moment. */
  Budget again() {
    return new Budget(limits, deadline);
  }

  /** Takes one visit of a node; false if none is left. */
  boolean visit() {
    spent |= nodes == 0 || isLate();
    nodes -= spent ? 0 : 1;
    return !spent;
  }

  /** Takes one look at an edge; false if none is left. */
  boolean look() {
    spent |= edges == 0 || isLate();
    edges -= spent ? 0 : 1;
    return !spent;
  }

  /** Whether more was asked than there was. */
  boolean isSpent() {
    return spent;
  }

  private boolean isLate() {
    return deadline != null && deadline.isPassed();
  }

  /** The moment after which nothing is followed any more, shared by the searches of one walk. */
  private static final class Deadline {

    private final LongSupplier nanoTime;
    private final long begin;
    private final Duration most;
    private int steps;
    private boolean passed;

    private Deadline(LongSupplier nanoTime, Duration most) {
      this.nanoTime = nanoTime;
      this.most = most;
      begin = nanoTime.getAsLong();
    }

    static @Nullable Deadline of(Bounds bounds) {
      return bounds
          .limits()
          .maxDuration()
          .map(most -> new Deadline(bounds.nanoTime(), most))
          .orElse(null);
    }

    boolean isPassed() {
      if (!passed && ++steps == STEPS_PER_LOOK_AT_CLOCK) {
        steps = 0;
        passed = Duration.ofNanos(nanoTime.getAsLong() - begin).compareTo(most) > 0;
      }
      return passed;
    }
  }
}
