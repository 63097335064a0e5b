package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.BERLIN;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RetentionRaceContract.retain;
import static dev.tenon.timeseries.RollupContract.days;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.Readings.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Rollups that are kept for a time of their own, on every engine. */
abstract class RollupRetentionContract extends HypertableContract {

  /** 200 days of rows; those of the last 30 days are kept. */
  private static final Instant LATER = NOON.plus(Duration.ofDays(200));

  private static final Rollup HOURS = HOURLY.retention(Duration.ofDays(60));
  private static final Rollup DAYS =
      HOURS.into("readings_daily", Bucket.day(BERLIN)).retention(Duration.ofDays(100));
  private static final Rollup WEEKS = DAYS.into("readings_weekly", Bucket.week(BERLIN));
  private static final Rollup MONTHS = DAYS.into("readings_monthly", Bucket.month(BERLIN));

  private static HypertableRepository<Reading> definition(Rollup... rollups) {
    return HypertableRepository.of("readings", Reading.class)
        .time("time")
        .series("meter", "channel")
        .chunkInterval(Duration.ofDays(7))
        .rollups(rollups)
        .retention(Duration.ofDays(30))
        .build();
  }

  private static final HypertableRepository<Reading> KEPT = definition(HOURS, DAYS, WEEKS, MONTHS);

  private static List<State> states(TenantSession session, Rollup rollup, Freshness freshness) {
    return Readings.states(
        KEPT.buckets(session, RollupContract.years(rollup), rollup.bucket(), rollup, freshness));
  }

  private static List<State> since(List<State> states, Instant floor) {
    return states.stream().filter(state -> !state.start().isBefore(floor)).toList();
  }

  @Test
  void old_buckets_go_and_what_is_made_of_them_stays(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(200));
    READINGS.append(tenants.as(OTHER), days(200));
    KEPT.refresh(acme).run();
    List<State> hours = states(acme, HOURS, Freshness.ROLLUP_ONLY);
    List<State> daily = states(acme, DAYS, Freshness.ROLLUP_ONLY);
    List<State> weeks = states(acme, WEEKS, Freshness.ROLLUP_ONLY);
    List<State> months = states(acme, MONTHS, Freshness.ROLLUP_ONLY);

    Retention.Report report = retain(KEPT, made, tenants::as, LATER);

    Instant oldestHour =
        Bucket.every(Duration.ofHours(1)).startOf(LATER.minus(Duration.ofDays(60)));
    Instant oldestDay = DAYS.bucket().startOf(LATER.minus(Duration.ofDays(100)));
    assertThat(report.dropped()).isNotEmpty();
    assertThat(report.removed())
        .isEqualTo(
            2L * (hours.size() - since(hours, oldestHour).size())
                + 2L * (daily.size() - since(daily, oldestDay).size()));
    for (Freshness freshness : Freshness.values()) {
      assertThat(states(acme, HOURS, freshness)).isEqualTo(since(hours, oldestHour)).isNotEmpty();
      assertThat(states(acme, DAYS, freshness)).isEqualTo(since(daily, oldestDay)).isNotEmpty();
      assertThat(states(acme, WEEKS, freshness)).isEqualTo(weeks);
      assertThat(states(acme, MONTHS, freshness)).isEqualTo(months);
    }
    assertThat(retain(KEPT, made, tenants::as, LATER).removed()).isZero();
  }

  @Test
  void what_is_gone_is_not_made_anew_and_what_comes_is_in_every_rollup(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(200));
    retain(KEPT, made, tenants::as, LATER);
    List<State> weeks = states(acme, WEEKS, Freshness.ROLLUP_ONLY);
    List<State> months = states(acme, MONTHS, Freshness.ROLLUP_ONLY);

    KEPT.refresh(acme).repair(RollupContract.YEARS);
    assertThat(states(acme, WEEKS, Freshness.ROLLUP_ONLY)).isEqualTo(weeks);
    assertThat(states(acme, MONTHS, Freshness.STRICT)).isEqualTo(months);
    assertThat(KEPT.refresh(acme).verify(RollupContract.YEARS))
        .allMatch(RollupRefresh.Difference::isNone);

    READINGS.append(acme, List.of(reading(LATER.minusSeconds(3_599), 7)));
    KEPT.refresh(acme).run();
    assertThat(states(acme, MONTHS, Freshness.ROLLUP_ONLY).stream().mapToLong(State::rows).sum())
        .isEqualTo(1_601);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute("truncate " + RollupContract.base(owner));
    }
    KEPT.refresh(acme).run();
    assertThat(states(acme, WEEKS, Freshness.ROLLUP_ONLY))
        .startsWith(weeks.subList(0, weeks.size() - 7).toArray(State[]::new));
  }

  @Test
  void buckets_of_rows_that_are_still_there_stay(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(200));
    Rollup hours = HOURLY.retention(Duration.ofDays(30));
    Rollup daily = hours.into("readings_daily", Bucket.day(BERLIN));
    HypertableRepository<Reading> kept =
        definition(
            hours,
            daily,
            daily.into("readings_weekly", Bucket.week(BERLIN)),
            daily.into("readings_monthly", Bucket.month(BERLIN)));
    for (int i = 0; i < 7; i++) {
      retain(kept, made, tenants::as, LATER.plus(Duration.ofDays(i)));
      RollupContract.assertExactSince(acme, kept.floor(acme).orElseThrow());
    }
  }

  @Test
  void later_runs_go_on_where_the_last_ended(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(200));
    KEPT.refresh(acme).run();
    List<State> months = states(acme, MONTHS, Freshness.ROLLUP_ONLY);
    for (int day = 70; day <= 200; day += 13) {
      retain(KEPT, made, tenants::as, NOON.plus(Duration.ofDays(day)));
      assertThat(states(acme, MONTHS, Freshness.STRICT)).as("day %s", day).isEqualTo(months);
      assertThat(KEPT.refresh(acme).verify(RollupContract.YEARS))
          .as("day %s", day)
          .allMatch(RollupRefresh.Difference::isNone);
    }
  }

  @Test
  void a_rollup_that_joins_has_what_there_was_when_it_did(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(200));
    Rollup hours = HOURLY.retention(Duration.ofDays(60));
    Rollup daily = hours.into("readings_daily", Bucket.day(BERLIN));
    Rollup weekly = daily.into("readings_weekly", Bucket.week(BERLIN));
    Rollup monthly = daily.into("readings_monthly", Bucket.month(BERLIN));
    Rollup six = hours.into("readings_six", Bucket.every(Duration.ofHours(6)));
    HypertableRepository<Reading> more = definition(hours, daily, weekly, monthly, six);
    retain(READINGS, made, tenants::as, LATER);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(
          Migrations.named("more")
              .script(
                  "V1__more.sql",
                  more.upgradeSql() + TenantTable.rls("public", "readings_six").sql()));
    }
    assertThat(retain(more, made, tenants::as, LATER).removed()).isPositive();

    assertThat(acme.sql().fetchSingle("select sum(rows) from readings_six").get(0, Long.class))
        .isEqualTo(1_600);
  }

  /** A step that reads what is about to go has its lock, and does not see half of it. */
  @Test
  void buckets_go_behind_the_step_that_is_under_way(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(200));
    retain(READINGS, made, tenants::as, LATER);
    Future<Retention.Report> run =
        acme.transactionResult(
            step -> {
              step.lock("tenon rollup public.readings_daily");
              Future<Retention.Report> begun =
                  Waiting.forResult(() -> retain(KEPT, made, tenants::as, LATER));
              Waiting.until(() -> RollupContract.waiting(made) == 1);
              assertThat(states(acme, HOURS, Freshness.ROLLUP_ONLY)).hasSize(1_600);
              return begun;
            });
    assertThat(run.get(30, TimeUnit.SECONDS).removed()).isPositive();
  }

  @Test
  void a_tenant_that_has_no_session_holds_back_no_other(TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(200));
    READINGS.append(tenants.as(OTHER), days(200));
    retain(READINGS, made, tenants::as, LATER);
    assertThatThrownBy(
            () ->
                retain(
                    KEPT,
                    made,
                    tenant -> {
                      if (tenant.value().equals(ACME)) {
                        throw new UsageException(Problem.what("it is suspended").where("here"));
                      }
                      return tenants.as(tenant);
                    },
                    LATER))
        .hasMessageContaining("it is suspended");

    assertThat(states(tenants.as(OTHER), HOURS, Freshness.STRICT)).hasSize(480);
    assertThat(states(tenants.as(ACME), HOURS, Freshness.STRICT)).hasSize(1_600);
  }
}
