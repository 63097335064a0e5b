package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.assertRefreshed;
import static dev.tenon.timeseries.RollupContract.days;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets whose values cannot be added up, on every engine. */
abstract class RollupFailureContract extends HypertableContract {

  /** In the third hour of the rows of {@link RollupContract#days}. */
  private static final Instant HUGE = NOON.plus(Duration.ofHours(6));

  static void appendHuge(TenantSession session) {
    READINGS.append(
        session,
        Stream.of(1, 2).map(i -> new Reading(HUGE.plusSeconds(i), "m", 1, i, Double.MAX_VALUE)));
  }

  private static List<Readings.State> hours(TenantSession session, Instant from, int count) {
    Bucket hour = HOURLY.bucket();
    return Readings.states(
        READINGS.buckets(
            session,
            TimeRange.starting(from, Duration.ofHours(count)),
            hour,
            HOURLY,
            Freshness.ROLLUP_ONLY));
  }

  @Test
  void a_bucket_that_cannot_be_made_holds_back_no_other(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(20));
    appendHuge(acme);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> READINGS.refresh(acme).run())
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("out of range");
    }
    assertThat(hours(acme, NOON, 6)).hasSize(2);
    assertThat(hours(acme, HUGE, 1)).isEmpty();
    assertThat(hours(acme, HUGE.plus(Duration.ofHours(1)), 20 * 24)).hasSize(157);
    assertThatThrownBy(() -> RollupContract.from(acme, HOURLY, Freshness.STRICT))
        .isInstanceOf(InvalidDataException.class);

    acme.sql().execute("delete from readings where level = ?", Double.MAX_VALUE);
    assertRefreshed(acme);
  }

  @Test
  void a_bucket_that_cannot_be_made_is_no_news_for_others(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(2));
    appendHuge(acme);
    assertThatThrownBy(() -> READINGS.refresh(acme).run()).isInstanceOf(InvalidDataException.class);
    READINGS.append(acme, List.of(RollupContract.reading(NOON.plusSeconds(1), 1)));
    assertThatThrownBy(() -> READINGS.refresh(acme).run()).isInstanceOf(InvalidDataException.class);

    assertThat(hours(acme, NOON, 1)).extracting(Readings.State::rows).containsExactly(2L);
  }

  @Test
  void an_answer_is_said_to_be_no_newer_than_the_bucket_that_could_not_be_made(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(2));
    READINGS.refresh(acme).run();
    Instant before =
        acme.sql().fetchSingle("select clock_timestamp()").get(0, OffsetDateTime.class).toInstant();
    appendHuge(acme);

    assertThatThrownBy(() -> READINGS.refresh(acme).run()).isInstanceOf(InvalidDataException.class);
    assertThat(asOf(acme).orElseThrow()).isBefore(before);
  }

  private static Optional<Instant> asOf(TenantSession session) {
    return READINGS
        .buckets(
            session,
            TimeRange.starting(NOON, Duration.ofHours(24)),
            HOURLY.bucket(),
            HOURLY,
            Freshness.ROLLUP_ONLY)
        .count()
        .fetch(Counted.class)
        .asOf();
  }

  record Counted(Instant start, long rows) {}

  @Test
  void a_run_takes_all_that_the_log_tells_of(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(1));
    READINGS.refresh(acme).run();
    acme.sql().execute("update readings set units = units + 1");
    acme.sql().execute("delete from readings_changes");
    RollupContract.tellOften(acme, NOON, NOON.plus(Duration.ofHours(1)));
    RollupContract.tellOften(acme, NOON.plus(Duration.ofHours(1)), NOON.plus(Duration.ofHours(24)));

    assertRefreshed(acme);
  }

  @Test
  void a_bucket_that_could_not_be_made_is_tried_again_however_much_is_told_of_others(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(2));
    appendHuge(acme);
    assertThatThrownBy(() -> READINGS.refresh(acme).run()).isInstanceOf(InvalidDataException.class);
    RollupContract.tellOften(acme, NOON, NOON.plus(Duration.ofHours(1)));
    assertThatThrownBy(() -> READINGS.refresh(acme).run()).isInstanceOf(InvalidDataException.class);

    acme.sql().execute("delete from readings where level = ?", Double.MAX_VALUE);
    RollupContract.tellOften(acme, NOON, NOON.plus(Duration.ofHours(1)));
    assertRefreshed(acme);
    assertThat(READINGS.refresh(acme).plan()).isEmpty();
  }

  /** More than a step takes from the log. */
  @Test
  void many_buckets_that_cannot_be_made_are_tried_once_a_run(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    int bad = RollupStep.MOST_TAKEN + 1;
    READINGS.append(
        acme,
        IntStream.range(0, 2 * bad)
            .mapToObj(
                i ->
                    new Reading(
                        NOON.plus(Duration.ofHours(2L * (i / 2))).plusSeconds(i % 2),
                        "m",
                        1,
                        i,
                        Double.MAX_VALUE)));
    assertThatThrownBy(() -> READINGS.refresh(acme).run()).isInstanceOf(InvalidDataException.class);
    READINGS.append(acme, List.of(RollupContract.reading(NOON.plus(Duration.ofHours(1)), 1)));
    assertThatThrownBy(() -> READINGS.refresh(acme).run()).isInstanceOf(InvalidDataException.class);

    assertThat(hours(acme, NOON, 3)).extracting(Readings.State::rows).containsExactly(1L);

    acme.sql().execute("delete from readings where level = ?", Double.MAX_VALUE);
    assertRefreshed(acme);
    assertThat(READINGS.refresh(acme).plan()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_bucket_that_cannot_be_made_does_not_stop_a_retention_which_says_whose_it_is(
      boolean refreshed, TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(3));
    appendHuge(acme);
    READINGS.append(tenants.as(OTHER), days(3));
    if (refreshed) {
      assertThatThrownBy(() -> READINGS.refresh(acme).run())
          .isInstanceOf(InvalidDataException.class);
    }
    try (Database owner = TestSchema.connect(made, made.owner())) {
      Retention.Report report =
          READINGS
              .retention(owner, tenants::as)
              .run(NOON.plus(Duration.ofDays(70)), () -> false, null);

      assertThat(report.unmade()).containsExactly(TenantId.of(ACME));
      assertThat(report.dropped()).isNotEmpty();
    }
    assertThat(READINGS.range(acme, ALWAYS)).isEmpty();
    assertThat(hours(acme, NOON, 72)).hasSize(23);
    assertThat(hours(tenants.as(OTHER), NOON, 72)).hasSize(24);
  }
}
