package dev.tenon.timeseries;

import java.util.function.Supplier;
import org.jooq.Field;

/**
 * One value of each bucket.
 *
 * @param field made when the query runs, because first and last depend on the groups
 * @param fill what stands where a bucket has no rows
 */
record Aggregate(Supplier<Field<?>> field, Fill fill) {

  /** What stands for a value where a bucket has none. */
  enum Fill {
    NULL,
    ZERO,
    CARRIED,
    INTERPOLATED
  }

  Aggregate filledWith(Fill other) {
    return new Aggregate(field, other);
  }
}
