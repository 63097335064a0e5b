package dev.tenon.timeseries;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/**
 * How time is cut into buckets, which neither overlap nor leave anything out. Immutable.
 *
 * <p>Shorter ones than a day have a fixed width and begin in UTC, also where the clock of a zone is
 * set back and shows an hour twice; from a day on they may follow the calendar of a zone, and then
 * are as long as its days are.
 */
public sealed interface Bucket permits FixedBucket, CalendarBucket {

  /**
   * Buckets of one width, aligned to Monday, 2000-01-03, in UTC.
   *
   * @param width whole microseconds, more than none and at most 100 years
   */
  static Bucket every(Duration width) {
    return new FixedBucket(width);
  }

  /** Days of a zone, from midnight to midnight: 23 to 25 hours. */
  static Bucket day(ZoneId zone) {
    return new CalendarBucket(ChronoUnit.DAYS, zone);
  }

  /** Weeks of a zone, which begin on Monday. */
  static Bucket week(ZoneId zone) {
    return new CalendarBucket(ChronoUnit.WEEKS, zone);
  }

  /** Months of a zone. */
  static Bucket month(ZoneId zone) {
    return new CalendarBucket(ChronoUnit.MONTHS, zone);
  }

  /** Years of a zone. */
  static Bucket year(ZoneId zone) {
    return new CalendarBucket(ChronoUnit.YEARS, zone);
  }

  /** The first instant of the bucket that a time falls into. */
  Instant startOf(Instant time);

  /** The first instant of the bucket that follows the one that begins here. */
  Instant next(Instant start);
}
