package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The instants from {@code from}, inclusive, to {@code to}, exclusive.
 *
 * <p>Both are cut to whole microseconds, as the times of stored rows are, so ranges that touch
 * share no row and lose none. A range that ends where it begins is empty.
 *
 * @param from the first instant of the range
 * @param to the first instant after it
 */
public record TimeRange(Instant from, Instant to) {

  /**
   * @throws InvalidDataException if it ends before it begins, or leaves the years 1000 to 9999
   */
  public TimeRange {
    from = Timestamps.requireStorable(from, "TimeRange.from").truncatedTo(ChronoUnit.MICROS);
    to = Timestamps.requireStorable(to, "TimeRange.to").truncatedTo(ChronoUnit.MICROS);
    if (to.isBefore(from)) {
      throw new InvalidDataException(
          Problem.what("the range ends at " + to + ", before it begins at " + from)
              .where("TimeRange")
              .why("a range goes forward in time")
              .fix("swap the two instants"));
    }
  }

  /** The instants from {@code from}, inclusive, to {@code to}, exclusive. */
  public static TimeRange of(Instant from, Instant to) {
    return new TimeRange(from, to);
  }

  /**
   * The instants of a length of time from {@code from} on.
   *
   * @throws InvalidDataException if the length is negative, or leads past the year 9999
   */
  public static TimeRange starting(Instant from, Duration length) {
    try {
      return new TimeRange(from, from.plus(length));
    } catch (DateTimeException | ArithmeticException tooFar) {
      throw new InvalidDataException(
          Problem.what("a range of " + length + " from " + from + " leads out of time")
              .where("TimeRange.starting")
              .why("times of rows lie in the years 1000 to 9999")
              .fix("pass a shorter length"),
          tooFar);
    }
  }
}
