package dev.tenon.timeseries;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a bucket query found, and how much it knows of.
 *
 * @param rows one record for each bucket and group, by time and then by group
 * @param asOf what was committed before this instant of the server is in it; empty where a rollup
 *     was never refreshed to the end
 * @param changedBuckets how many buckets of the rollup in the range have changed since it was
 *     refreshed: a strict answer made them from the rows, another does not know of it; 0 for an
 *     answer from the rows
 */
public record BucketResult<R>(List<R> rows, Optional<Instant> asOf, long changedBuckets) {

  public BucketResult {
    rows = List.copyOf(rows);
  }
}
