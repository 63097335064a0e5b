package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class TimeRangeTest {

  private static final Instant TIME = Instant.parse("1969-12-31T23:59:59.123456789Z");

  @Test
  void is_cut_to_microseconds() {
    TimeRange range = TimeRange.starting(TIME, Duration.ofSeconds(1));

    assertThat(range.from()).isEqualTo(Instant.parse("1969-12-31T23:59:59.123456Z"));
    assertThat(range.to()).isEqualTo(Instant.parse("1970-01-01T00:00:00.123456Z"));
  }

  @Test
  void may_be_empty_but_not_end_before_it_begins() {
    assertThat(TimeRange.of(TIME, TIME)).isNotNull();
    assertThatThrownBy(() -> TimeRange.of(TIME, TIME.minusSeconds(1)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("swap");
  }

  @Test
  void stays_within_the_times_that_rows_can_have() {
    assertThat(
            TimeRange.of(
                Instant.parse("1000-01-01T00:00:00Z"), Instant.parse("+10000-01-01T00:00:00Z")))
        .isNotNull();
    assertThatThrownBy(() -> TimeRange.of(Instant.EPOCH, Instant.MAX))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("TimeRange.to");
    assertThatThrownBy(() -> TimeRange.of(Instant.MIN, Instant.EPOCH))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("TimeRange.from");
  }

  @Test
  void refuses_a_length_that_overflows() {
    assertThatThrownBy(() -> TimeRange.starting(TIME, Duration.ofSeconds(Long.MAX_VALUE)))
        .isInstanceOf(InvalidDataException.class);
  }
}
