package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The times that <a href="https://www.postgresql.org/docs/17/datatype-datetime.html">PostgreSQL</a>
 * holds; its infinities are no times.
 *
 * <p>A year less than the server's own range: from Julian day 0 (-4713-11-24) the driver makes
 * -infinity. It also stores the extremes of the Java types as infinities, and reads infinities as
 * those.
 */
public final class StorableTimes {

  private static final LocalDateTime EARLIEST = LocalDateTime.of(-4712, 11, 24, 0, 0);
  private static final LocalDateTime LATEST =
      LocalDateTime.of(294276, 12, 31, 23, 59, 59, 999_999_000);
  private static final Instant FIRST_INSTANT = EARLIEST.toInstant(ZoneOffset.UTC);
  private static final Instant LAST_INSTANT = LATEST.toInstant(ZoneOffset.UTC);
  private static final OffsetDateTime FIRST_OFFSET = EARLIEST.atOffset(ZoneOffset.UTC);
  private static final OffsetDateTime LAST_OFFSET = LATEST.atOffset(ZoneOffset.UTC);
  private static final LocalDate FIRST_DAY = EARLIEST.toLocalDate();
  private static final LocalDate LAST_DAY = LocalDate.of(5874897, 12, 31);

  /** Some time after the ten days that the calendar of {@code java.sql} leaves out. */
  private static final long GREGORIAN = Instant.parse("1583-01-01T00:00:00Z").toEpochMilli();

  private static final int HALF_A_MICROSECOND = 500;

  private StorableTimes() {}

  /**
   * The time itself, where PostgreSQL holds it.
   *
   * @throws InvalidDataException if it does not, naming the range
   */
  public static Instant storable(Instant value) {
    return within(value, FIRST_INSTANT, LAST_INSTANT, Comparator.naturalOrder());
  }

  /**
   * The same time in UTC; see {@link #storable(Instant)}.
   *
   * <p>Not by {@code atOffset}, which makes the rules of UTC anew for each time on older JDKs.
   */
  public static OffsetDateTime utc(Instant value) {
    Instant time = storable(value);
    return LocalDateTime.ofEpochSecond(time.getEpochSecond(), time.getNano(), ZoneOffset.UTC)
        .atOffset(ZoneOffset.UTC);
  }

  /** Whether a time that the driver read is finite, and of a day that all calendars agree on. */
  static boolean isGregorian(Timestamp time) {
    return time.getTime() >= GREGORIAN && time.getTime() <= LAST_INSTANT.toEpochMilli();
  }

  /** The same time in UTC; see {@link #storable(Instant)}. */
  public static OffsetDateTime storable(OffsetDateTime value) {
    within(value, FIRST_OFFSET, LAST_OFFSET, OffsetDateTime.timeLineOrder());
    return value.withOffsetSameInstant(ZoneOffset.UTC);
  }

  /** See {@link #storable(Instant)}. */
  public static LocalDateTime storable(LocalDateTime value) {
    return within(value, EARLIEST, LATEST, LocalDateTime::compareTo);
  }

  /** See {@link #storable(Instant)}. */
  public static LocalDate storable(LocalDate value) {
    return within(value, FIRST_DAY, LAST_DAY, LocalDate::compareTo);
  }

  /** To microseconds, as PostgreSQL rounds. */
  static LocalDateTime rounded(LocalDateTime value) {
    return value.plusNanos(HALF_A_MICROSECOND).truncatedTo(ChronoUnit.MICROS);
  }

  /** To microseconds; the last half of one is the end of the day. */
  static LocalTime rounded(LocalTime value) {
    LocalTime rounded = value.plusNanos(HALF_A_MICROSECOND).truncatedTo(ChronoUnit.MICROS);
    return rounded.isBefore(value.truncatedTo(ChronoUnit.MICROS)) ? LocalTime.MAX : rounded;
  }

  /**
   * What is stored alike as one: a time as its microsecond and, with an offset, as its instant;
   * anything else itself.
   */
  static Object canonical(Object value) {
    if (value instanceof OffsetDateTime time) {
      return canonical(storable(time).toInstant());
    }
    if (value instanceof Instant time) {
      return storable(time).plusNanos(HALF_A_MICROSECOND).truncatedTo(ChronoUnit.MICROS);
    }
    if (value instanceof LocalDateTime time) {
      return rounded(storable(time));
    }
    return value instanceof LocalTime time ? rounded(time) : value;
  }

  private static <V> V within(V value, V first, V last, Comparator<? super V> order) {
    if (order.compare(value, first) < 0 || order.compare(value, last) > 0) {
      throw new InvalidDataException(
          Problem.what("the time " + value + " cannot be stored")
              .where("record mapping")
              .why("the column holds " + first + " to " + last)
              .fix("choose a time in this range, or null where there is none"));
    }
    return value;
  }

  static @Nullable OffsetDateTime finite(@Nullable OffsetDateTime value) {
    return finite(value, OffsetDateTime.MIN, OffsetDateTime.MAX);
  }

  static @Nullable Instant instant(@Nullable OffsetDateTime value) {
    OffsetDateTime time = finite(value);
    return time == null ? null : time.toInstant();
  }

  static @Nullable LocalDateTime finite(@Nullable LocalDateTime value) {
    return finite(value, LocalDateTime.MIN, LocalDateTime.MAX);
  }

  static @Nullable LocalDate finite(@Nullable LocalDate value) {
    return finite(value, LocalDate.MIN, LocalDate.MAX);
  }

  private static <V> @Nullable V finite(@Nullable V value, V minusInfinity, V infinity) {
    if (infinity.equals(value) || minusInfinity.equals(value)) {
      throw new InvalidDataException(
          Problem.what((infinity.equals(value) ? "infinity" : "-infinity") + " is no time in Java")
              .where("record mapping")
              .why("PostgreSQL knows infinite times, the types of java.time do not")
              .fix("store null where there is no bound, or read it through session.sql()"));
    }
    return value;
  }
}
