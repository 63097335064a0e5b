package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Makes all buckets that can be made: a range that cannot is halved until one bucket is alone. */
record SingleBuckets(RollupStatements statements, Bucket bucket) implements BucketRemake {

  @Override
  public RemadeBuckets remake(Transaction transaction, TenantId owner, List<TimeRange> ranges) {
    RemadeBuckets written = RemadeBuckets.NOTHING;
    for (TimeRange range : ranges) {
      written = written.plus(remake(transaction, owner, range));
    }
    return written;
  }

  private RemadeBuckets remake(Transaction transaction, TenantId owner, TimeRange range) {
    try {
      return transaction.savepointResult(inner -> statements.remake(inner, owner, List.of(range)));
    } catch (InvalidDataException unfit) {
      Instant middle = middle(range);
      return middle.equals(range.from()) || !middle.isBefore(range.to())
          ? new RemadeBuckets(0, 0, List.of(range), unfit)
          : remake(transaction, owner, new TimeRange(range.from(), middle))
              .plus(remake(transaction, owner, new TimeRange(middle, range.to())));
    }
  }

  /** The start of a bucket within the range, or one of its ends if it is one bucket. */
  private Instant middle(TimeRange range) {
    Duration half = Duration.between(range.from(), range.to()).dividedBy(2);
    Instant start = bucket.startOf(range.from().plus(half));
    return start.isAfter(range.from()) ? start : bucket.next(bucket.startOf(range.from()));
  }
}
