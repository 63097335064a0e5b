package dev.tenon.timeseries;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static dev.tenon.timeseries.Readings.ALL;
import static dev.tenon.timeseries.Readings.BERLIN;
import static dev.tenon.timeseries.Readings.DAILY;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.Readings.State;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** What rollups keep, on every engine. */
abstract class RollupContract extends HypertableContract {

  /** Whole years of Berlin, so that it cuts no bucket. */
  static final TimeRange YEARS =
      TimeRange.of(
          Bucket.week(BERLIN).startOf(Instant.parse("2020-01-01T00:00:00Z")),
          Bucket.week(BERLIN).startOf(Instant.parse("2031-01-01T00:00:00Z")));

  static TimeRange years(Rollup rollup) {
    return TimeRange.of(rollup.bucket().startOf(YEARS.from()), rollup.bucket().startOf(YEARS.to()));
  }

  static Reading reading(Instant time, int units) {
    return new Reading(time, "m", 1, units, units % 3 == 0 ? null : units / 4.0);
  }

  static List<Reading> days(int count) {
    return IntStream.range(0, count * 8)
        .mapToObj(i -> reading(NOON.plus(Duration.ofHours(3L * i)), i))
        .toList();
  }

  static List<State> fromRows(TenantSession session, Rollup rollup) {
    return Readings.states(READINGS.buckets(session, years(rollup), rollup.bucket()));
  }

  static List<State> from(TenantSession session, Rollup rollup, Freshness freshness) {
    return Readings.states(
        READINGS.buckets(session, years(rollup), rollup.bucket(), rollup, freshness));
  }

  static void assertExact(TenantSession session, Freshness freshness) {
    for (Rollup rollup : ALL) {
      assertThat(from(session, rollup, freshness))
          .as("%s %s", rollup, freshness)
          .isEqualTo(fromRows(session, rollup));
    }
  }

  /** Where older rows are gone. */
  static void assertExactSince(TenantSession session, Instant floor) {
    READINGS.refresh(session).run();
    for (Freshness freshness : Freshness.values()) {
      assertThat(from(session, Readings.HOURLY, freshness))
          .filteredOn(state -> !state.start().isBefore(floor))
          .isEqualTo(fromRows(session, Readings.HOURLY));
    }
  }

  static void assertRefreshed(TenantSession session) {
    assertExact(session, Freshness.STRICT);
    READINGS.refresh(session).run();
    assertExact(session, Freshness.ROLLUP_ONLY);
    assertExact(session, Freshness.STRICT);
  }

  @Test
  void a_refresh_makes_every_rollup_equal_to_the_rows(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));

    assertThat(from(acme, DAILY, Freshness.ROLLUP_ONLY)).isEmpty();
    READINGS.refresh(acme).run();
    assertExact(acme, Freshness.ROLLUP_ONLY);
    assertThat(from(acme, DAILY, Freshness.ROLLUP_ONLY)).hasSize(71);
  }

  @Test
  void a_strict_answer_needs_no_refresh(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(3));
    assertExact(acme, Freshness.STRICT);

    READINGS.refresh(acme).run();
    READINGS.append(acme, List.of(reading(NOON.plusSeconds(7), 5)));
    assertExact(acme, Freshness.STRICT);
    assertThat(from(acme, HOURLY, Freshness.ROLLUP_ONLY)).isNotEqualTo(fromRows(acme, HOURLY));
  }

  @Test
  void rows_that_come_late_or_out_of_order_are_in_the_next_refresh(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(30));
    READINGS.refresh(acme).run();
    READINGS.append(acme, List.of(reading(NOON.minus(Duration.ofDays(900)), 1)));
    READINGS.append(acme, List.of(reading(NOON.plusSeconds(1), 2)));

    assertRefreshed(acme);
  }

  @Test
  void changes_by_sql_are_noticed(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(3));
    READINGS.refresh(acme).run();
    for (String change :
        List.of(
            "insert into readings (time, meter, channel, units) values"
                + " ('2026-11-21 13:00Z', 'by hand', 7, 9), ('2026-11-21 17:59Z', 'by hand', 7, 8)",
            "update readings set units = units + 1 where units % 5 = 0",
            "update readings set time = time + interval '1 hour' where meter = 'by hand'",
            "delete from readings where units % 7 = 0",
            "insert into readings (time, meter, channel, units) values"
                + " ('2026-11-21 14:00Z', 'by hand', 7, 10) on conflict (tenant_id, meter, channel,"
                + " time) do update set units = excluded.units",
            "delete from readings where meter = 'by hand'",
            "delete from readings")) {
      assertThat(acme.sql().execute(change)).as(change).isPositive();
      assertRefreshed(acme);
    }
    assertThat(from(acme, DAILY, Freshness.ROLLUP_ONLY)).isEmpty();
  }

  @Test
  void a_truncated_table_has_empty_rollups(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    TenantSession other = tenants.as(OTHER);
    for (TenantSession tenant : List.of(acme, other)) {
      READINGS.append(tenant, days(10));
      READINGS.refresh(tenant).run();
    }
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute("truncate " + base(owner));
    }
    READINGS.append(other, days(1));

    assertRefreshed(acme);
    assertRefreshed(other);
    assertThat(from(acme, DAILY, Freshness.ROLLUP_ONLY)).isEmpty();
    assertThat(from(other, DAILY, Freshness.ROLLUP_ONLY)).hasSize(2);
  }

  /** The table that holds the rows. */
  static String base(Database owner) {
    return owner
        .sql()
        .fetchSingle(
            "select c.oid::regclass::text from pg_class c where c.relname = 'readings'"
                + " and c.relkind in ('r', 'p')")
        .get(0, String.class);
  }

  @Test
  void what_is_rolled_back_tells_of_nothing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(1));
    READINGS.refresh(acme).run();
    acme.transaction(
        transaction -> {
          assertThatThrownBy(
                  () ->
                      transaction.savepoint(
                          inner -> {
                            READINGS.append(inner, List.of(reading(NOON.plusSeconds(1), 1)));
                            inner.sql().execute("delete from readings");
                            throw new IllegalStateException("undone");
                          }))
              .isInstanceOf(IllegalStateException.class);
          transaction
              .sql()
              .execute(
                  "insert into readings (time, meter, channel, units)"
                      + " values ('2026-11-20 12:00:02Z', 'm', 1, 1)");
        });

    assertThat(acme.sql().fetchCount(DSL.table("readings_changes"))).isEqualTo(1);
    assertRefreshed(acme);
  }

  @Test
  void a_row_by_sql_behind_an_append_is_told_of_too(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(1));
    READINGS.refresh(acme).run();
    acme.transaction(
        transaction -> {
          READINGS.append(transaction, List.of(reading(NOON.plusSeconds(1), 1)));
          transaction
              .sql()
              .execute(
                  "insert into readings (time, meter, channel, units)"
                      + " values ('2026-11-21 07:00:02Z', 'm', 1, 1)");
        });

    assertRefreshed(acme);
  }

  @Test
  void nothing_differs_while_everything_changes(TenantDatabase tenants) throws Exception {
    RollupStorm storm =
        new RollupStorm(
            tenants.as(ACME),
            Duration.ofSeconds(Long.getLong("tenon.rollups.seconds", 3)),
            Long.getLong("tenon.rollups.seed", System.nanoTime()));
    storm.run();
    System.out.println("rollups: " + storm);
  }

  @Test
  void a_level_that_is_refreshed_alone_has_told_the_next(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(3));
    READINGS.refresh(acme).run();
    READINGS.append(acme, List.of(reading(NOON.plusSeconds(1), 1)));

    assertThat(READINGS.refresh(acme).step(HOURLY, true).more()).isFalse();
    assertExact(acme, Freshness.STRICT);
    assertRefreshed(acme);
  }

  /**
   * One refresh has computed and cannot store; a row comes late, and another refresh begins. If
   * that one went past the first, the first would store what was true before, and nobody would be
   * told. Rows of the log that both want would hold the second up by themselves, so each finds as
   * many of its own as a step takes.
   */
  @Test
  void a_refresh_waits_for_the_one_that_computed_before_it(
      TenantDatabase tenants, TestDatabase made) throws Exception {
    TenantSession acme = tenants.as(ACME);
    Instant hour = NOON.plus(Duration.ofHours(1));
    READINGS.append(
        acme, List.of(new Reading(hour, "a", 1, 1, null), new Reading(NOON, "b", 1, 1, null)));
    READINGS.refresh(acme).run();
    acme.sql().execute("update readings set units = 2");
    acme.sql().execute("delete from readings_changes");
    tellOften(acme, NOON.plus(Duration.ofMinutes(30)), hour.plus(Duration.ofHours(1)));
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      List<Future<Boolean>> steps = new ArrayList<>();
      acme.transaction(
          holder -> {
            holder.sql().fetch("select from readings_hourly where meter = 'a' for update");
            steps.add(executor.submit(() -> READINGS.refresh(acme).step(HOURLY, true).more()));
            Waiting.until(() -> waiting(made) == 1);
            READINGS.append(acme, List.of(new Reading(NOON.plusSeconds(1), "b", 1, 40, null)));
            tellOften(acme, NOON, hour);
            steps.add(executor.submit(() -> READINGS.refresh(acme).step(HOURLY, true).more()));
            Waiting.until(() -> steps.get(1).isDone() || waiting(made) == 2);
          });
      for (Future<Boolean> step : steps) {
        step.get(30, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }

    assertThat(from(acme, HOURLY, Freshness.ROLLUP_ONLY)).isEqualTo(fromRows(acme, HOURLY));
    assertRefreshed(acme);
  }

  static void tellOften(TenantSession session, Instant from, Instant to) {
    session
        .sql()
        .execute(
            "insert into readings_changes (rollup, from_time, to_time)"
                + " select 'readings_hourly', ?::timestamptz, ?::timestamptz"
                + " from generate_series(1, ?)",
            from.toString(),
            to.toString(),
            RollupStep.MOST_TAKEN);
  }

  /** How many backends of the database wait for a lock. */
  static long waiting(TestDatabase made) {
    try (Connection superuser = made.dataSource(made.superuser()).getConnection();
        Statement statement = superuser.createStatement();
        ResultSet result =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where datname = current_database() and"
                    + " wait_event_type = 'Lock'")) {
      result.next();
      return result.getLong(1);
    } catch (SQLException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Test
  void a_run_that_is_cancelled_is_gone_on_with_by_the_next(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(800));
    RollupRefresh first = READINGS.refresh(acme);
    assertThat(first.step(HOURLY, true).more()).isTrue();
    first.cancel();
    assertThat(first.run().steps()).isEqualTo(1);
    assertExact(acme, Freshness.STRICT);

    assertRefreshed(acme);
  }

  @Test
  void a_row_far_from_the_others_costs_a_few_steps(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(
        acme,
        List.of(
            reading(Instant.parse("1901-02-03T04:05:06Z"), 1),
            reading(NOON, 2),
            reading(Instant.parse("9999-12-31T23:59:59Z"), 3)));

    assertThat(READINGS.refresh(acme).run().steps()).isLessThan(40);
    assertThat(
            READINGS
                .buckets(
                    acme,
                    TimeRange.of(
                        Bucket.month(BERLIN).startOf(Instant.parse("1900-06-01T00:00:00Z")),
                        Bucket.month(BERLIN).startOf(Instant.parse("9999-12-30T00:00:00Z"))),
                    Bucket.month(BERLIN),
                    Readings.MONTHLY,
                    Freshness.ROLLUP_ONLY)
                .count()
                .fetchInto(Count.class))
        .extracting(Count::rows)
        .containsExactly(1L, 1L);
  }

  record Count(Instant start, long rows) {}

  @Test
  void a_batch_that_touches_thousands_of_buckets_tells_of_a_bounded_number(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, List.of());
    READINGS.append(
        acme,
        IntStream.range(0, 3_000).mapToObj(i -> reading(NOON.plus(Duration.ofHours(2L * i)), i)));

    assertThat(acme.sql().fetchCount(DSL.table("readings_changes"))).isBetween(1, 1_000);
    assertRefreshed(acme);
  }

  @Test
  void other_tenants_see_nothing_of_a_rollup(TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(2));
    READINGS.append(tenants.as(OTHER), days(1));
    READINGS.refresh(tenants.as(ACME)).run();
    READINGS.refresh(tenants.as(OTHER)).run();
    READINGS.append(tenants.as(ACME), List.of(reading(NOON.plusSeconds(1), 1)));
    assertExact(tenants.as(ACME), Freshness.STRICT);
    READINGS.append(tenants.as(OTHER), List.of(reading(NOON.minus(Duration.ofDays(99)), 1)));
    READINGS.refresh(tenants.as(OTHER)).step(HOURLY, true);
    READINGS.append(tenants.as(OTHER), List.of(reading(NOON.minus(Duration.ofDays(98)), 1)));

    assertExact(tenants.as(OTHER), Freshness.STRICT);
    assertThatIsolation(made).between(ACME, OTHER).holds();
  }

  @Test
  void the_audit_finds_nothing(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      TenancyAudit.of(owner).roles(made.application().user()).requireClean();
    }
  }
}
