package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.JSONB;

/** Values out of the text that PostgreSQL's types write, as {@link ColumnText} makes it. */
final class ParsedText {

  private static final Pattern TIME =
      Pattern.compile(
          "(\\d{4,})-(\\d\\d)-(\\d\\d)"
              + "(?: (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?([+-]\\d\\d(?::\\d\\d){0,2})?)?"
              + "( BC)?");

  /** What the driver takes for the last time of Java's. */
  static final String END_OF_DAY = "24:00:00";

  private ParsedText() {}

  /**
   * The value of a simple type.
   *
   * @throws InvalidDataException if the text is none of its values, such as an infinite time
   */
  static Object of(Class<?> type, String text) {
    try {
      return parsed(type, text);
    } catch (IllegalArgumentException | java.time.DateTimeException error) {
      throw unfit(type, text);
    }
  }

  private static Object parsed(Class<?> type, String text) {
    return switch (type.getSimpleName()) {
      case "UUID" -> UUID.fromString(text);
      case "Integer" -> Integer.valueOf(text);
      case "Long" -> Long.valueOf(text);
      case "Short" -> Short.valueOf(text);
      case "Double" -> Double.valueOf(text);
      case "Float" -> Float.valueOf(text);
      case "Boolean" -> text.startsWith("t");
      case "BigDecimal" -> new BigDecimal(text);
      case "JSONB" -> JSONB.valueOf(text);
      case "byte[]" -> HexFormat.of().parseHex(text.substring("\\x".length()));
      case "Instant" -> zoned(type, text).toInstant();
      case "OffsetDateTime" -> zoned(type, text);
      case "LocalDateTime" -> local(matched(type, text));
      case "LocalDate" -> day(matched(type, text));
      case "LocalTime" -> text.equals(END_OF_DAY) ? LocalTime.MAX : LocalTime.parse(text);
      default -> text;
    };
  }

  private static OffsetDateTime zoned(Class<?> type, String text) {
    Matcher time = matched(type, text);
    String offset = time.group(8);
    return local(time)
        .atOffset(offset == null ? ZoneOffset.UTC : ZoneOffset.of(offset))
        .withOffsetSameInstant(ZoneOffset.UTC);
  }

  private static LocalDateTime local(Matcher time) {
    String fraction = time.group(7) == null ? "" : time.group(7);
    return day(time)
        .atTime(
            number(time, 4),
            number(time, 5),
            number(time, 6),
            Integer.parseInt((fraction + "000000000").substring(0, 9)));
  }

  private static LocalDate day(Matcher time) {
    int year = number(time, 1);
    return LocalDate.of(time.group(9) == null ? year : 1 - year, number(time, 2), number(time, 3));
  }

  private static int number(Matcher time, int group) {
    return time.group(group) == null ? 0 : Integer.parseInt(time.group(group));
  }

  private static Matcher matched(Class<?> type, String text) {
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      throw unfit(type, text);
    }
    return time;
  }

  private static InvalidDataException unfit(Class<?> type, String text) {
    boolean infinite = text.endsWith("infinity");
    return new InvalidDataException(
        Problem.what((infinite ? text : "a value") + " is no " + type.getSimpleName())
            .where("record mapping")
            .why("the column holds what the component cannot")
            .fix("leave such a bound or element out, or read the column through session.sql()"));
  }
}
