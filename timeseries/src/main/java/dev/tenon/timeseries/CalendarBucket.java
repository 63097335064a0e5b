package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/**
 * Days, weeks, months or years of a zone, as {@code date_trunc} has them.
 *
 * <p>Where a zone has no midnight on a day, that day begins when the clock was set forward; where
 * it has two, with the second, as PostgreSQL takes it.
 */
record CalendarBucket(ChronoUnit unit, ZoneId zone) implements Bucket {

  /** PostgreSQL reads the sign of a bare offset the other way round. */
  CalendarBucket {
    if (zone instanceof ZoneOffset && !zone.equals(ZoneOffset.UTC)) {
      throw new UsageException(
          Problem.what("the zone of a bucket is the offset " + zone)
              .where("Bucket." + unit)
              .why("a calendar belongs to a region, whose offset changes")
              .fix("name a region such as Europe/Berlin, or UTC"));
    }
  }

  @Override
  public Instant startOf(Instant time) {
    return at(day(time.atZone(zone).toLocalDate()));
  }

  @Override
  public Instant next(Instant start) {
    return at(start.atZone(zone).toLocalDate().plus(1, unit));
  }

  private LocalDate day(LocalDate day) {
    return switch (unit) {
      case WEEKS -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case MONTHS -> day.withDayOfMonth(1);
      case YEARS -> day.withDayOfYear(1);
      default -> day;
    };
  }

  private Instant at(LocalDate day) {
    return day.atTime(0, 0).atZone(zone).withLaterOffsetAtOverlap().toInstant();
  }

  /** The name that the server knows it by. */
  String zoneName() {
    return zone.equals(ZoneOffset.UTC) ? "UTC" : zone.getId();
  }

  /** The unit as {@code date_trunc} and intervals name it. */
  String unitName() {
    return switch (unit) {
      case WEEKS -> "week";
      case MONTHS -> "month";
      case YEARS -> "year";
      default -> "day";
    };
  }
}
