package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.BERLIN;
import static dev.tenon.timeseries.Readings.CHANNEL;
import static dev.tenon.timeseries.Readings.DAILY;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.LEVEL;
import static dev.tenon.timeseries.Readings.METER;
import static dev.tenon.timeseries.Readings.MONTHLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.Readings.UNITS;
import static dev.tenon.timeseries.Readings.WEEKLY;
import static dev.tenon.timeseries.RollupContract.days;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.timeseries.Readings.Reading;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Questions to rollups, on every engine. */
abstract class RollupReadContract extends HypertableContract {

  private static final TimeRange TEN_DAYS =
      TimeRange.of(Instant.parse("2026-11-19T23:00:00Z"), Instant.parse("2026-11-29T23:00:00Z"));

  record Wide(
      Instant start,
      String meter,
      long rows,
      @Nullable Double mean,
      @Nullable Long units,
      @Nullable Double first,
      @Nullable Double last) {}

  /** Groups that are coarser than the series, where rows of one instant tie. */
  private static BucketQuery byMeter(BucketQuery query) {
    return query
        .by(METER)
        .where(CHANNEL.lt(3))
        .count()
        .avg(LEVEL)
        .sum(UNITS)
        .first(LEVEL)
        .last(LEVEL);
  }

  private static void appendTied(TenantSession session) {
    READINGS.append(
        session,
        Stream.of(1, 2, 3)
            .flatMap(
                channel ->
                    days(12).stream()
                        .map(
                            row ->
                                new Reading(
                                    row.time(),
                                    "m" + row.units() % 2,
                                    channel,
                                    row.units() * channel,
                                    row.level() == null ? null : row.level() + channel))));
  }

  /** Of changed buckets all would be made anew, as the server leaves none out of a union. */
  @Test
  void a_strict_answer_makes_nothing_that_was_not_asked(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(12));
    queries.clear();
    READINGS
        .buckets(acme, RollupContract.YEARS, Bucket.week(BERLIN), WEEKLY, Freshness.STRICT)
        .by(METER)
        .first(LEVEL)
        .fetchInto(First.class);

    assertThat(queries.queries())
        .extracting(QueryLog.Query::sql)
        .anySatisfy(
            sql ->
                assertThat(sql)
                    .contains("level_first", "first_time")
                    .doesNotContain("level_sum", "units_sum", "units_min", "last_time"));
  }

  record First(Instant start, String meter, @Nullable Double level) {}

  @Test
  void a_plan_tells_what_a_refresh_begins_with(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThat(READINGS.refresh(acme).plan())
        .extracting(RollupRefresh.Pending::rollup)
        .containsExactly(
            "readings_hourly", "readings_daily", "readings_weekly", "readings_monthly");
    READINGS.refresh(acme).run();
    assertThat(READINGS.refresh(acme).plan()).isEmpty();
    READINGS.append(acme, List.of(reading(NOON, 1), reading(NOON.plusSeconds(7_200), 1)));

    assertThat(READINGS.refresh(acme).plan())
        .containsExactly(
            new RollupRefresh.Pending("readings_hourly", 2, NOON, NOON.plusSeconds(10_800)));
  }

  @Test
  void records_replace_the_rows_of_their_key_in_rollups_too(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(3));
    READINGS.append(tenants.as(OTHER), days(3));
    READINGS.refresh(acme).run();
    Reading again = new Reading(NOON, "m", 1, 77, 1.5);
    Reading later = new Reading(NOON.plusSeconds(1), "m", 1, 78, null);

    assertThat(
            READINGS.upsert(
                acme, List.of(new Reading(NOON, "m", 1, 1, 1.0), later, again, later, again)))
        .isEqualTo(5);
    assertThat(READINGS.range(acme, TimeRange.starting(NOON, Duration.ofMinutes(1))))
        .containsExactly(again, later);
    assertThat(READINGS.range(tenants.as(OTHER), TimeRange.starting(NOON, Duration.ofDays(9))))
        .isEqualTo(days(3));
    RollupContract.assertRefreshed(acme);
  }

  @Test
  void a_zero_that_changes_its_sign_is_in_the_next_refresh(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, List.of(new Reading(NOON, "m", 1, 1, 0d)));
    READINGS.refresh(acme).run();
    acme.sql().execute("update readings set level = '-0'");

    RollupContract.assertRefreshed(acme);
  }

  @Test
  void coarser_buckets_and_groups_are_those_of_the_rows(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    appendTied(acme);
    READINGS.refresh(acme).run();
    READINGS.append(acme, List.of(reading(NOON.plus(Duration.ofHours(30)), 1)));
    for (Bucket bucket :
        List.of(
            Bucket.every(Duration.ofHours(1)),
            Bucket.every(Duration.ofHours(5)),
            Bucket.day(BERLIN),
            Bucket.day(ZoneId.of("Asia/Tokyo")),
            Bucket.month(BERLIN))) {
      assertThat(
              byMeter(READINGS.buckets(acme, TEN_DAYS, bucket, HOURLY, Freshness.STRICT))
                  .fetchInto(Wide.class))
          .as("%s", bucket)
          .isEqualTo(byMeter(READINGS.buckets(acme, TEN_DAYS, bucket)).fetchInto(Wide.class));
    }
  }

  @Test
  void gaps_are_filled_and_the_largest_are_kept_as_from_the_rows(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    appendTied(acme);
    READINGS.refresh(acme).run();
    TimeRange later = TimeRange.of(TEN_DAYS.from().plus(Duration.ofDays(2)), TEN_DAYS.to());
    Bucket hour = Bucket.every(Duration.ofHours(1));
    record Line(Instant start, String meter, @Nullable Double mean, @Nullable Double last) {}
    assertThat(
            line(READINGS.buckets(acme, later, hour, HOURLY, Freshness.STRICT))
                .fetchInto(Line.class))
        .isEqualTo(line(READINGS.buckets(acme, later, hour)).fetchInto(Line.class));
    record Top(Instant start, String meter, long units) {}
    assertThat(
            READINGS
                .buckets(acme, TEN_DAYS, Bucket.day(BERLIN), DAILY, Freshness.ROLLUP_ONLY)
                .by(METER)
                .sum(UNITS)
                .top(1)
                .fetchInto(Top.class))
        .isEqualTo(
            READINGS
                .buckets(acme, TEN_DAYS, Bucket.day(BERLIN))
                .by(METER)
                .sum(UNITS)
                .top(1)
                .fetchInto(Top.class));
  }

  private static BucketQuery line(BucketQuery query) {
    return query
        .by(METER)
        .avg(LEVEL)
        .interpolated()
        .last(LEVEL)
        .carriedForward()
        .lookback(Duration.ofMinutes(1_000));
  }

  @Test
  void an_answer_says_how_fresh_it_is(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(3));
    assertThat(count(acme, Freshness.ROLLUP_ONLY).asOf()).isEmpty();
    assertThat(count(acme, Freshness.ROLLUP_ONLY).changedBuckets()).isEqualTo(240);

    Instant before = now(acme);
    READINGS.refresh(acme).run();
    BucketResult<Rows> refreshed = count(acme, Freshness.ROLLUP_ONLY);
    assertThat(refreshed.asOf().orElseThrow()).isAfterOrEqualTo(before);
    assertThat(refreshed.changedBuckets()).isZero();
    assertThat(refreshed.rows().stream().mapToLong(Rows::rows).sum()).isEqualTo(24);

    READINGS.append(
        acme, List.of(reading(NOON.plusSeconds(1), 1), reading(NOON.plusSeconds(7_201), 2)));
    Instant later = now(acme);
    BucketResult<Rows> stale = count(acme, Freshness.ROLLUP_ONLY);
    assertThat(stale.changedBuckets()).isEqualTo(2);
    assertThat(stale.asOf().orElseThrow()).isBetween(before, later);
    assertThat(stale.asOf().orElseThrow()).isBeforeOrEqualTo(refreshed.asOf().orElseThrow());
    assertThat(stale.rows()).isEqualTo(refreshed.rows());
    BucketResult<Rows> strict = count(acme, Freshness.STRICT);
    assertThat(strict.changedBuckets()).isEqualTo(2);
    assertThat(strict.asOf().orElseThrow()).isAfterOrEqualTo(later);
    assertThat(strict.rows().stream().mapToLong(Rows::rows).sum()).isEqualTo(26);
  }

  record Rows(Instant start, long rows) {}

  private static BucketResult<Rows> count(TenantSession session, Freshness freshness) {
    return READINGS
        .buckets(session, TEN_DAYS, Bucket.every(Duration.ofHours(1)), HOURLY, freshness)
        .count()
        .fetch(Rows.class);
  }

  private static Instant now(TenantSession session) {
    return session.sql().fetchSingle("select clock_timestamp()").get(0, Instant.class);
  }

  @Test
  void refuses_what_a_rollup_cannot_answer_before_any_statement(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Bucket hour = Bucket.every(Duration.ofHours(1));
    TimeRange cut = TimeRange.of(TEN_DAYS.from().plusSeconds(1), TEN_DAYS.to());
    assertThatThrownBy(() -> READINGS.buckets(acme, cut, hour, HOURLY, Freshness.STRICT))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("cuts buckets");
    assertThatThrownBy(() -> READINGS.buckets(acme, TEN_DAYS, hour, DAILY, Freshness.STRICT))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("not made of whole buckets");
    assertThatThrownBy(
            () -> READINGS.buckets(acme, TEN_DAYS, Bucket.month(BERLIN), WEEKLY, Freshness.STRICT))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(
            () ->
                READINGS.buckets(
                    acme, TEN_DAYS, hour, Rollup.of("readings_hourly", hour), Freshness.STRICT))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("not one of this table");
    BucketQuery query = READINGS.buckets(acme, TEN_DAYS, hour, HOURLY, Freshness.STRICT);
    assertThatThrownBy(() -> query.percentile(LEVEL, 0.5))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("percentile was asked of a rollup");
    assertThatThrownBy(() -> query.max(LEVEL))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("max of level is not kept");
    assertThatThrownBy(() -> query.where(LEVEL.gt(1d)).count().fetchInto(Rows.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("level");
  }

  @Test
  void refuses_to_refresh_in_a_transaction_or_without_a_tenant(
      TenantDatabase tenants, Database database) {
    assertThatThrownBy(() -> tenants.as(ACME).transaction(tx -> READINGS.refresh(tx).run()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("step by step");
    assertThatThrownBy(() -> READINGS.refresh(database)).isInstanceOf(UsageException.class);
  }

  @Test
  void rows_before_the_days_of_a_zone_were_whole_hours_are_refused(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThatThrownBy(
            () -> READINGS.append(acme, List.of(reading(Instant.parse("1890-01-01T00:00:00Z"), 1))))
        .hasMessageContaining("readings_rolled_up");
    assertThat(READINGS.append(acme, List.of(reading(Instant.parse("1895-01-01T00:00:00Z"), 1))))
        .isEqualTo(1);
    assertThat(MONTHLY.toString()).contains("readings_monthly");
  }
}
