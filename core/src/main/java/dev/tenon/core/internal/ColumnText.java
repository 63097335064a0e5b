package dev.tenon.core.internal;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import org.jooq.JSONB;

/**
 * Values as the text that PostgreSQL's types read, whatever the settings of the session.
 *
 * <p>Times are rounded to microseconds as the driver does, so that a row is the same however it
 * came in.
 */
final class ColumnText {

  private ColumnText() {}

  static String of(Object value) {
    if (value instanceof String text) {
      return ColumnCodec.requireEncodable(text);
    }
    if (value instanceof Instant time) {
      return zoned(StorableTimes.utc(time).toLocalDateTime());
    }
    if (value instanceof OffsetDateTime time) {
      return zoned(StorableTimes.storable(time).toLocalDateTime());
    }
    if (value instanceof LocalDateTime local) {
      LocalDateTime time = StorableTimes.rounded(StorableTimes.storable(local));
      return era(dateTime(new StringBuilder(32), time), time.getYear());
    }
    if (value instanceof LocalDate day) {
      StringBuilder text = new StringBuilder(16);
      return era(date(text, StorableTimes.storable(day)), day.getYear());
    }
    if (value instanceof LocalTime time) {
      LocalTime rounded = StorableTimes.rounded(time);
      return rounded.equals(LocalTime.MAX) ? ParsedText.END_OF_DAY : rounded.toString();
    }
    if (value instanceof BigDecimal number) {
      return StorableNumbers.storable(number).toString();
    }
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    return value instanceof JSONB json
        ? DocumentText.requireStorable(json.data())
        : value.toString();
  }

  private static String zoned(LocalDateTime utc) {
    LocalDateTime time = StorableTimes.rounded(utc);
    return era(dateTime(new StringBuilder(36), time).append("+00"), time.getYear());
  }

  private static StringBuilder dateTime(StringBuilder text, LocalDateTime time) {
    date(text, time.toLocalDate()).append(' ');
    two(text, time.getHour()).append(':');
    two(text, time.getMinute()).append(':');
    two(text, time.getSecond()).append('.');
    return padded(text, time.getNano() / 1_000, 100_000);
  }

  private static StringBuilder date(StringBuilder text, LocalDate day) {
    int year = day.getYear();
    padded(text, year > 0 ? year : 1 - year, 1_000).append('-');
    two(text, day.getMonthValue()).append('-');
    return two(text, day.getDayOfMonth());
  }

  private static String era(StringBuilder text, int year) {
    return (year > 0 ? text : text.append(" BC")).toString();
  }

  private static StringBuilder two(StringBuilder text, int number) {
    return padded(text, number, 10);
  }

  /** The number with zeros ahead, so that it has at least as many digits as {@code least}. */
  private static StringBuilder padded(StringBuilder text, int number, int least) {
    for (int digit = least; digit > number && digit > 1; digit /= 10) {
      text.append('0');
    }
    return text.append(number);
  }
}
