package dev.tenon.timeseries;

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
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.Readings.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
      owner.sql().execute("truncate readings");
    }
    READINGS.append(other, days(1));

    assertRefreshed(acme);
    assertRefreshed(other);
    assertThat(from(acme, DAILY, Freshness.ROLLUP_ONLY)).isEmpty();
    assertThat(from(other, DAILY, Freshness.ROLLUP_ONLY)).hasSize(2);
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
            Duration.ofSeconds(Long.getLong("tenon.rollups.seconds", 5)),
            Long.getLong("tenon.rollups.seed", System.nanoTime()));
    storm.run();
    System.out.println(getClass().getEnclosingClass().getSimpleName() + ": " + storm);
  }
}
