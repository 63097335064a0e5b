package dev.tenon.timeseries;

import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.util.List;

/** A way to make buckets of a rollup anew. */
@FunctionalInterface
interface BucketRemake {

  /**
   * Makes the buckets of these ranges.
   *
   * @param ranges in whole buckets, in order, and at least one
   */
  RemadeBuckets remake(Transaction transaction, TenantId owner, List<TimeRange> ranges);
}
