package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be rolled up is refused where it is defined. */
final class RollupRulesTest {

  private static final Bucket HOUR = Bucket.every(Duration.ofHours(1));
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Rollup HOURLY = Rollup.of("hourly", HOUR).sum("units");

  record Metered(Instant time, String meter, long units, boolean open, @Nullable String note) {}

  record Clashing(Instant time, String rows, long units) {}

  private static HypertableRepository<Metered> build(Rollup... rollups) {
    return HypertableRepository.of("metered", Metered.class)
        .time("time")
        .series("meter")
        .rollups(rollups)
        .build();
  }

  private static void refused(ThrowingCallable definition, String message) {
    assertThatThrownBy(definition).isInstanceOf(UsageException.class).hasMessageContaining(message);
  }

  @Test
  void refuses_what_no_rollup_can_keep() {
    refused(() -> build(HOURLY.sum("none")), "there is no component none");
    refused(() -> build(HOURLY.sum("note")), "the component note is a String");
    refused(() -> build(HOURLY.min("open")), "the component open is a Boolean");
    refused(() -> build(Rollup.of("metered", HOUR)), "another table of its name");
    refused(() -> build(Rollup.of("metered_changes", HOUR)), "another table of its name");
    refused(() -> build(HOURLY, HOURLY), "another table of its name");
    refused(() -> build(Rollup.of("", HOUR)), "cannot name a rollup");
    refused(() -> build(Rollup.of("x".repeat(47), HOUR)), "cannot name a rollup");
    refused(
        () ->
            HypertableRepository.of("metered", Clashing.class)
                .time("time")
                .series("rows")
                .rollups(HOURLY)
                .build(),
        "would be named rows");
    refused(
        () ->
            HypertableRepository.of("metered", Metered.class)
                .tenant("held")
                .time("time")
                .series("meter")
                .rollups(HOURLY)
                .build(),
        "tenant(held) names a column of the log");
  }

  @Test
  void refuses_to_keep_a_rollup_for_less_than_its_rows() {
    HypertableBuilder<Metered> kept =
        HypertableRepository.of("metered", Metered.class)
            .time("time")
            .series("meter")
            .retention(Duration.ofDays(90));
    Rollup month = HOURLY.retention(Duration.ofDays(30));
    refused(
        () -> kept.rollups(month).build(),
        "hourly has retention(PT720H), and its rows retention(PT2160H), which is longer");
    refused(() -> build(month), "and its rows none, so they are kept for ever");
    assertThat(kept.rollups(HOURLY.retention(Duration.ofDays(90))).build().tables())
        .contains("hourly");
  }

  @Test
  void refuses_a_rollup_whose_source_is_not_there_or_keeps_less() {
    Rollup daily = HOURLY.into("daily", Bucket.day(BERLIN));
    refused(() -> build(daily), "not named before it");
    refused(() -> build(daily, HOURLY), "not named before it");
    refused(() -> build(HOURLY.max("units"), daily), "not named before it");
    refused(() -> build(HOURLY, daily.max("units")), "keeps more than the rollup hourly");
    assertThat(build(HOURLY, daily).tables())
        .containsExactly("metered", "hourly", "daily", "metered_changes", "metered_refreshed");
  }

  @ParameterizedTest
  @CsvSource({
    "PT1H, Europe/Berlin, true",
    "PT1H, Asia/Kolkata, false",
    "PT30M, Asia/Kolkata, true",
    "PT30M, Asia/Kathmandu, false",
    "PT15M, Asia/Kathmandu, true",
    "PT1H, Australia/Lord_Howe, false",
    "PT30M, Australia/Lord_Howe, true",
    "PT1H, UTC, true",
    "PT7H, UTC, false",
    "PT1M, Africa/Monrovia, false",
    "PT48H, UTC, false"
  })
  void days_of_a_zone_are_made_of_buckets_that_divide_its_offsets(
      Duration width, ZoneId zone, boolean fits) {
    Rollup base = Rollup.of("base", Bucket.every(width));
    if (fits) {
      base.into("daily", Bucket.day(zone));
    } else {
      refused(() -> base.into("daily", Bucket.day(zone)), "not made of whole buckets");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Africa/Cairo",
        "Asia/Beirut",
        "America/Havana",
        "America/Santiago",
        "America/Sao_Paulo"
      })
  void zones_whose_clock_is_set_at_midnight_are_refused(ZoneId zone) {
    refused(() -> build(Rollup.of("daily", Bucket.day(zone))), "has no midnight, or two");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Europe/Berlin", "America/New_York", "UTC", "Europe/London", "Asia/Tokyo"})
  void zones_whose_clock_is_set_at_another_hour_are_taken(ZoneId zone) {
    assertThat(build(Rollup.of("daily", Bucket.day(zone))).tables()).contains("daily");
  }

  @Test
  void coarser_buckets_are_made_of_whole_finer_ones() {
    Rollup daily = Rollup.of("daily", Bucket.day(BERLIN));
    Rollup weekly = daily.into("weekly", Bucket.week(BERLIN));
    daily.into("monthly", Bucket.month(BERLIN)).into("yearly", Bucket.year(BERLIN));
    HOURLY.into("six", Bucket.every(Duration.ofHours(6)));
    List<ThrowingCallable> refused =
        List.of(
            () -> weekly.into("monthly", Bucket.month(BERLIN)),
            () -> weekly.into("yearly", Bucket.year(BERLIN)),
            () -> daily.into("elsewhere", Bucket.month(ZoneOffset.UTC)),
            () -> daily.into("hours", Bucket.every(Duration.ofDays(2))),
            () -> HOURLY.into("odd", Bucket.every(Duration.ofMinutes(90))));
    refused.forEach(definition -> refused(definition, "not made of whole buckets"));
  }
}
