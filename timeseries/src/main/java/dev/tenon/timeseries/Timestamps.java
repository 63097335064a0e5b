package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Stream;

/** Instants as PostgreSQL stores them: microseconds since 2000-01-01 UTC. */
final class Timestamps {

  static final long MICROS_PER_SECOND = 1_000_000;

  /** Monday, 2000-01-03: where buckets and partitions are aligned. */
  static final long ORIGIN_MICROS = 2 * 86_400 * MICROS_PER_SECOND;

  /** As PostgreSQL reads it, with the year 10000 too. */
  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("y-MM-dd HH:mm:ss.SSSSSS'+00'", Locale.ROOT);

  private static final long POSTGRES_EPOCH = 946_684_800;

  static final Instant FIRST_ROW = Instant.parse("1000-01-01T00:00:00Z");
  static final Instant AFTER_LAST_ROW = Instant.parse("+10000-01-01T00:00:00Z");

  private Timestamps() {}

  /** Whether it may be the time of a row: years of four digits, which catches mistaken units. */
  static boolean isStorable(Instant time) {
    return !time.isBefore(FIRST_ROW) && time.isBefore(AFTER_LAST_ROW);
  }

  static Instant requireStorable(Instant time, String where) {
    // The end of a range may be the first instant after the last row.
    if (!isStorable(time) && !time.equals(AFTER_LAST_ROW)) {
      throw new InvalidDataException(
          Problem.what("the instant " + time + " is out of range")
              .where(where)
              .why("times of rows lie in the years 1000 to 9999")
              .fix("check its unit: seconds read as milliseconds, or the reverse"));
    }
    return time;
  }

  /**
   * Microseconds since 2000-01-01 UTC, the rest cut off; only for instants that the server holds.
   */
  static long micros(Instant time) {
    return (time.getEpochSecond() - POSTGRES_EPOCH) * MICROS_PER_SECOND + time.getNano() / 1_000;
  }

  /** An array for a parameter. */
  static Array array(Connection connection, Stream<Instant> times) throws SQLException {
    return connection.createArrayOf("timestamptz", times.map(Timestamps::text).toArray());
  }

  static String text(Instant time) {
    return TEXT.format(time.atOffset(ZoneOffset.UTC));
  }

  /** The instant of so many microseconds since 2000-01-01 UTC. */
  static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        POSTGRES_EPOCH + Math.floorDiv(micros, MICROS_PER_SECOND),
        Math.floorMod(micros, MICROS_PER_SECOND) * 1_000);
  }

  /** The microseconds from one instant to another, those of a part that is begun left out. */
  static long micros(Instant from, Instant to) {
    Duration between = Duration.between(from, to);
    return Math.addExact(
        Math.multiplyExact(between.getSeconds(), 1_000_000), between.getNano() / 1_000);
  }
}
