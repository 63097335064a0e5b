package dev.tenon.core.graph;

import java.util.function.LongSupplier;

/**
 * What bounds every walk of a traversal.
 *
 * @param nanoTime a clock that only goes forward, as {@link System#nanoTime}
 */
record Bounds(Traversal.Limits limits, LongSupplier nanoTime) {

  static final Bounds NONE = new Bounds(Traversal.Limits.NONE, System::nanoTime);

  Bounds within(Traversal.Limits newLimits) {
    return new Bounds(newLimits, nanoTime);
  }

  /** What one walk that begins now may do. */
  Budget budget() {
    return new Budget(this);
  }
}
