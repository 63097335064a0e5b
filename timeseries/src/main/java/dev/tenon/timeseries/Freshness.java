package dev.tenon.timeseries;

/** How much of what has changed an answer from a rollup knows of. */
public enum Freshness {
  /**
   * All that is committed: buckets that have changed since the refresh are made from the rows, in
   * the same statement.
   */
  STRICT,
  /** What the last refresh put into the rollup, and nothing else. */
  ROLLUP_ONLY
}
