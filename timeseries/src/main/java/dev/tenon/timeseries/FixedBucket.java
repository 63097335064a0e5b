package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Buckets of one width. */
record FixedBucket(Duration width) implements Bucket {

  private static final Duration LONGEST = Duration.ofDays(36_500);
  private static final Instant ORIGIN = Instant.parse("2000-01-03T00:00:00Z");

  FixedBucket {
    boolean whole = width.equals(width.truncatedTo(ChronoUnit.MICROS));
    if (width.isZero() || width.isNegative() || width.compareTo(LONGEST) > 0 || !whole) {
      throw new UsageException(
          Problem.what("the width of a bucket is " + width)
              .where("Bucket.every")
              .why("it must be whole microseconds, more than none and at most 100 years")
              .fix("pass a width such as Duration.ofMinutes(1)"));
    }
  }

  @Override
  public Instant startOf(Instant time) {
    long micros = Timestamps.micros(ORIGIN, time);
    return ORIGIN.plus(micros - Math.floorMod(micros, micros()), ChronoUnit.MICROS);
  }

  @Override
  public Instant next(Instant start) {
    return start.plus(width);
  }

  long micros() {
    return width.toNanos() / 1_000;
  }
}
