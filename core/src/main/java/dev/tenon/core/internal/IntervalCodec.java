package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Period;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A span of time: hours and less as a Duration, days and more as a Period, never both.
 *
 * <p>It is read in the style 'postgres', the default, and refused in any other. The driver's
 * PGInterval takes what it does not know, such as infinity, for zero.
 */
final class IntervalCodec extends CastCodec {

  private static final Pattern INTERVAL =
      Pattern.compile(
          "(?:([+-]?\\d+) years?)? ?(?:([+-]?\\d+) mons?)? ?(?:([+-]?\\d+) days?)? ?"
              + "(?:([+-])?(\\d+):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?)?");

  private static final int NANOS_IN_MICRO = 1_000;
  private static final int MICRO_DIGITS = 6;

  private final Class<?> type;

  IntervalCodec(Class<?> type) {
    super("interval");
    this.type = type;
  }

  @Override
  public String text(Object value) {
    return value instanceof Duration span ? seconds(span) : value.toString();
  }

  private static String seconds(Duration span) {
    int micros = (span.getNano() + NANOS_IN_MICRO / 2) / NANOS_IN_MICRO;
    return BigDecimal.valueOf(span.getSeconds())
            .add(BigDecimal.valueOf(micros, MICRO_DIGITS))
            .toPlainString()
        + " seconds";
  }

  @Override
  public Object parsed(String text) {
    Matcher interval = INTERVAL.matcher(text);
    if (text.isEmpty() || !interval.matches()) {
      throw unfit(text);
    }
    try {
      Period days = Period.of(number(interval, 1), number(interval, 2), number(interval, 3));
      Duration time = time(interval);
      if (type == Duration.class ? !days.isZero() : !time.isZero()) {
        throw unfit(text);
      }
      return type == Duration.class ? time : days;
    } catch (ArithmeticException | NumberFormatException tooLong) {
      throw unfit(text);
    }
  }

  private static Duration time(Matcher interval) {
    if (interval.group(5) == null) {
      return Duration.ZERO;
    }
    String fraction = interval.group(8) == null ? "" : interval.group(8);
    Duration time =
        Duration.ofHours(Long.parseLong(interval.group(5)))
            .plusMinutes(number(interval, 6))
            .plusSeconds(number(interval, 7))
            .plusNanos(Long.parseLong((fraction + "000000000").substring(0, 9)));
    return "-".equals(interval.group(4)) ? time.negated() : time;
  }

  private static int number(Matcher interval, int group) {
    return interval.group(group) == null ? 0 : Integer.parseInt(interval.group(group));
  }

  private InvalidDataException unfit(String text) {
    return new InvalidDataException(
        Problem.what("the interval '" + Problem.excerpt(text) + "' is no " + type.getSimpleName())
            .where("record mapping")
            .why(
                "a Duration has hours and less, a Period days and more, none is endless, and the"
                    + " server writes them in the style 'postgres'")
            .fix("use the other type, or store hours and days in two columns"));
  }
}
