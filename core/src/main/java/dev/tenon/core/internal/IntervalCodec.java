package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Period;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.types.DayToSecond;
import org.jooq.types.YearToMonth;
import org.jooq.types.YearToSecond;

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

  /** Intervals as jOOQ's generator has them. */
  @Override
  public Optional<Object> adopted(Object value) {
    if (!(value instanceof YearToSecond span)) {
      return Optional.empty();
    }
    DayToSecond time = span.getDayToSecond();
    int wholeDays = time.getSign() * time.getDays();
    YearToMonth months = span.getYearToMonth();
    Period days =
        Period.of(
            months.getSign() * months.getYears(), months.getSign() * months.getMonths(), wholeDays);
    Duration rest = time.toDuration().minusDays(wholeDays);
    if (type == Duration.class ? !days.isZero() : !rest.isZero()) {
      throw unfit();
    }
    return Optional.of(type == Duration.class ? rest : days);
  }

  @Override
  public Object parsed(String text) {
    Matcher interval = INTERVAL.matcher(text);
    if (text.isEmpty() || !interval.matches()) {
      throw unfit();
    }
    try {
      Period days = Period.of(number(interval, 1), number(interval, 2), number(interval, 3));
      Duration time = time(interval);
      if (type == Duration.class ? !days.isZero() : !time.isZero()) {
        throw unfit();
      }
      return type == Duration.class ? time : days;
    } catch (ArithmeticException | NumberFormatException tooLong) {
      throw unfit();
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

  private InvalidDataException unfit() {
    return new InvalidDataException(
        Problem.what("an interval is no " + type.getSimpleName())
            .where("record mapping")
            .why(
                "a Duration has hours and less, a Period days and more, none is endless; of the styles"
                    + " of intervalstyle only 'postgres', the default, is read")
            .fix("use the other type, or store hours and days in two columns"));
  }
}
