package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.time.Duration;

/** Checks of durations that become PostgreSQL settings in milliseconds, or ages of rows. */
final class Durations {

  private Durations() {}

  /**
   * Refuses what PostgreSQL would read as "no limit" or cannot hold: less than 1 ms, more than 24
   * days.
   */
  static Duration requirePositive(String option, Duration value) {
    Required.require(value, "duration", option);
    if (value.compareTo(Duration.ofMillis(1)) < 0
        || value.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0) {
      throw new UsageException(
          Problem.what(option + " is " + value)
              .where(option)
              .why("PostgreSQL reads zero as 'no limit' and holds at most 2147483647 ms")
              .fix("pass at least 1 ms and at most 24 days"));
    }
    return value;
  }

  /** Refuses an age that every row has, or that none will ever have. */
  static Duration requireAge(String option, Duration value) {
    if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofDays(3650)) > 0) {
      throw new UsageException(
          Problem.what(option + " is given an age of " + value)
              .where(option)
              .why(
                  "without an age even what is still needed goes, and after ten years nothing does")
              .fix("pass at least 1 ms and at most 3650 days"));
    }
    return value;
  }
}
