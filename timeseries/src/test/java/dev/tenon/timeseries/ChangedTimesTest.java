package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ChangedTimesTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");

  private static List<TimeRange> ranges(List<Instant> times) {
    ChangedTimes changed = new ChangedTimes(HOUR);
    times.forEach(time -> changed.note(Timestamps.micros(time)));
    return changed.ranges();
  }

  @Test
  void neighbours_are_one_range() {
    assertThat(
            ranges(
                List.of(
                    NOON.plus(HOUR.multipliedBy(2)),
                    NOON,
                    NOON.plusSeconds(1),
                    NOON.plus(HOUR),
                    NOON.plus(HOUR.multipliedBy(9)))))
        .containsExactly(
            TimeRange.starting(NOON, HOUR.multipliedBy(3)),
            TimeRange.starting(NOON.plus(HOUR.multipliedBy(9)), HOUR));
  }

  @Test
  void many_ranges_become_fewer_that_cover_every_time() {
    Random random = new Random(1);
    List<Instant> times =
        IntStream.range(0, 50_000)
            .mapToObj(i -> NOON.plus(HOUR.multipliedBy(random.nextInt(10_000_000))))
            .toList();
    List<TimeRange> ranges = ranges(times);
    assertThat(ranges).hasSizeLessThanOrEqualTo(ChangedTimes.MOST_RANGES);
    for (Instant time : times) {
      assertThat(ranges)
          .anyMatch(range -> !time.isBefore(range.from()) && time.isBefore(range.to()));
    }
    for (int i = 1; i < ranges.size(); i++) {
      assertThat(ranges.get(i - 1).to()).isBefore(ranges.get(i).from());
    }
  }

  @Test
  void the_first_and_the_last_time_that_can_be_stored_are_within() {
    assertThat(ranges(List.of(Timestamps.FIRST_ROW, Timestamps.AFTER_LAST_ROW.minusNanos(1_000))))
        .extracting(TimeRange::from)
        .first()
        .isEqualTo(Timestamps.FIRST_ROW);
  }
}
