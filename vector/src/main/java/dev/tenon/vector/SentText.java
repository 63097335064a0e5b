package dev.tenon.vector;

import static java.time.temporal.ChronoField.ERA;
import static java.time.temporal.ChronoField.YEAR_OF_ERA;

import dev.tenon.core.internal.StorableTimes;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.SignStyle;
import java.time.temporal.TemporalAccessor;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.jooq.JSONB;

/** Values as the texts that PostgreSQL reads them from. */
final class SentText {

  /** PostgreSQL counts years from 1 in both directions, and takes no sign. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendValue(YEAR_OF_ERA, 4, 10, SignStyle.NEVER)
          .appendPattern("-MM-dd")
          .optionalStart()
          .appendPattern(" HH:mm:ss.SSSSSSSSS")
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH:MM", "+00")
          .optionalEnd()
          .appendLiteral(' ')
          .appendText(ERA, Map.of(0L, "BC", 1L, "AD"))
          .toFormatter(Locale.ROOT);

  private SentText() {}

  /**
   * The text of a value.
   *
   * @throws dev.tenon.core.InvalidDataException if it is a time that PostgreSQL does not hold
   */
  static String of(Object value) {
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof JSONB json) {
      return json.data();
    }
    if (value instanceof Instant time) {
      return text(StorableTimes.storable(time).atOffset(ZoneOffset.UTC));
    }
    if (value instanceof OffsetDateTime time) {
      return text(StorableTimes.storable(time));
    }
    if (value instanceof LocalDateTime time) {
      return text(StorableTimes.storable(time));
    }
    if (value instanceof LocalDate day) {
      return text(StorableTimes.storable(day));
    }
    return value instanceof Enum<?> constant ? constant.name() : value.toString();
  }

  private static String text(TemporalAccessor time) {
    return TIME.format(time);
  }
}
