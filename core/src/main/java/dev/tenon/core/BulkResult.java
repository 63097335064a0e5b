package dev.tenon.core;

import java.util.List;

/**
 * What became of many updates; together the three account for every record.
 *
 * @param written how many rows were written
 * @param stale the rows that somebody else changed since they were read, by identifier; not written
 * @param missing the identifiers of which the session sees no row, in their order
 */
public record BulkResult<I>(long written, List<Stale<I>> stale, List<I> missing) {

  public BulkResult {
    stale = List.copyOf(stale);
    missing = List.copyOf(missing);
  }

  /** Whether every record was written. */
  public boolean isComplete() {
    return stale.isEmpty() && missing.isEmpty();
  }

  /**
   * A row that somebody else changed.
   *
   * @param expected the version that the record has
   * @param actual the version that the row had when it was locked
   */
  public record Stale<I>(I id, long expected, long actual) {}
}
