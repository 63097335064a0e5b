package dev.tenon.timeseries;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import java.util.stream.Stream;

/** Which buckets are made of which. */
final class Buckets {

  /** Earlier a zone may have had the time of its own sun, with odd seconds. */
  private static final Instant EPOCH = Instant.EPOCH;

  /** Any in which the present rules of the zones hold. */
  private static final int YEAR = 2030;

  private Buckets() {}

  /** Whether each bucket holds whole buckets of another kind, from 1970 on. */
  static boolean isMadeOf(Bucket coarse, Bucket fine) {
    if (coarse instanceof FixedBucket wide) {
      return fine instanceof FixedBucket narrow && wide.micros() % narrow.micros() == 0;
    }
    CalendarBucket calendar = (CalendarBucket) coarse;
    if (fine instanceof CalendarBucket other) {
      return calendar.zone().equals(other.zone()) && isMadeOf(calendar.unit(), other.unit());
    }
    return alignedSince(calendar, (FixedBucket) fine)
        .filter(since -> !since.isAfter(EPOCH))
        .isPresent();
  }

  private static boolean isMadeOf(ChronoUnit coarse, ChronoUnit fine) {
    return switch (fine) {
      case DAYS -> true;
      case WEEKS -> coarse == ChronoUnit.WEEKS;
      case MONTHS -> coarse == ChronoUnit.MONTHS || coarse == ChronoUnit.YEARS;
      default -> coarse == fine;
    };
  }

  /**
   * The first instant from which on every midnight of the zone begins a bucket of this width; empty
   * if the present rules of the zone have others.
   */
  static Optional<Instant> alignedSince(CalendarBucket calendar, FixedBucket fine) {
    Duration width = fine.width();
    if (width.compareTo(Duration.ofDays(1)) > 0
        || Duration.ofDays(1).toNanos() % width.toNanos() != 0) {
      return Optional.empty();
    }
    ZoneId zone = calendar.zone();
    ZoneRules rules = zone.getRules();
    Instant since = Timestamps.FIRST_ROW;
    if (!divides(width, rules.getOffset(Timestamps.FIRST_ROW))) {
      since = Instant.MAX;
    }
    for (ZoneOffsetTransition transition : rules.getTransitions()) {
      if (!divides(width, transition.getOffsetAfter())) {
        since = Instant.MAX;
      } else if (since.equals(Instant.MAX)) {
        since = transition.getInstant();
      }
    }
    boolean lasting =
        rules.getTransitionRules().stream()
            .allMatch(
                rule ->
                    divides(width, rule.getOffsetBefore())
                        && divides(width, rule.getOffsetAfter()));
    return lasting && !since.equals(Instant.MAX) ? Optional.of(since) : Optional.empty();
  }

  /**
   * Whether a day of the zone has had no midnight or two since 1970, or will have; the server
   * counts the rows around it to a bucket that does not begin or end there.
   */
  static boolean hasOddMidnight(ZoneId zone) {
    ZoneRules rules = zone.getRules();
    return Stream.concat(
            rules.getTransitions().stream()
                .filter(transition -> transition.getInstant().isAfter(EPOCH)),
            rules.getTransitionRules().stream().map(rule -> rule.createTransition(YEAR)))
        .anyMatch(Buckets::touchesMidnight);
  }

  private static boolean touchesMidnight(ZoneOffsetTransition transition) {
    LocalDateTime before = transition.getDateTimeBefore();
    LocalDateTime after = transition.getDateTimeAfter();
    LocalDateTime first = before.isBefore(after) ? before : after;
    LocalDateTime last = before.isBefore(after) ? after : before;
    LocalDateTime midnight = first.toLocalDate().atStartOfDay();
    return first.equals(midnight)
        || last.isAfter(midnight.plusDays(1))
        || last.equals(midnight.plusDays(1));
  }

  /** How many buckets there are from the start of one to the end of another. */
  static long count(Bucket bucket, Instant from, Instant to) {
    if (bucket instanceof FixedBucket fixed) {
      return Timestamps.micros(from, to) / fixed.micros();
    }
    long count = 0;
    for (Instant next = from; next.isBefore(to); next = bucket.next(next)) {
      count++;
    }
    return count;
  }

  /** How long a bucket is at most. */
  static Duration longest(Bucket bucket) {
    if (bucket instanceof FixedBucket fixed) {
      return fixed.width();
    }
    return switch (((CalendarBucket) bucket).unit()) {
      case WEEKS -> Duration.ofDays(8);
      case MONTHS -> Duration.ofDays(32);
      case YEARS -> Duration.ofDays(367);
      default -> Duration.ofHours(26);
    };
  }

  private static boolean divides(Duration width, ZoneOffset offset) {
    return offset.getTotalSeconds() * 1_000_000L % (width.toNanos() / 1_000) == 0;
  }
}
