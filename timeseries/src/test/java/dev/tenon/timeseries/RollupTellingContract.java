package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.DAILY;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.assertExact;
import static dev.tenon.timeseries.RollupContract.assertRefreshed;
import static dev.tenon.timeseries.RollupContract.days;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rollups are told of what triggers do, and by instances that do not know of them. */
abstract class RollupTellingContract extends HypertableContract {

  private static void run(TestDatabase made, String... statements) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      for (String statement : statements) {
        owner.sql().execute(statement.replace("on readings", "on " + RollupContract.base(owner)));
      }
    }
  }

  private static HypertableRepository<Reading> with(Rollup... rollups) {
    return HypertableRepository.of("readings", Reading.class)
        .time("time")
        .series("meter", "channel")
        .rollups(rollups)
        .build();
  }

  @Test
  void rows_that_a_trigger_moves_while_they_are_appended_are_told_where_they_lie(
      TenantDatabase tenants, TestDatabase made) {
    run(
        made,
        """
        create function moved() returns trigger language plpgsql
        as 'begin new.time := new.time + interval ''4 hours''; return new; end'
        """,
        "create trigger moves before insert on readings for each row execute function moved()");
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(2));
    READINGS.refresh(acme).run();
    READINGS.append(acme, List.of(reading(NOON.plusSeconds(1), 1)));

    assertRefreshed(acme);
  }

  @Test
  void rows_that_a_trigger_adds_while_others_are_appended_are_told_of(
      TenantDatabase tenants, TestDatabase made) {
    run(
        made,
        """
        create function added() returns trigger language plpgsql
        as 'begin
              insert into readings (time, meter, channel, units)
              values (new.time + interval ''4 hours'', ''added'', 1, 1);
              return null;
            end'
        """,
        """
        create trigger adds after insert on readings for each row
        when (new.meter <> 'added') execute function added()
        """);
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(2));
    READINGS.refresh(acme).run();
    READINGS.append(acme, List.of(reading(NOON.plusSeconds(1), 1)));

    assertRefreshed(acme);
  }

  @Test
  void an_instance_that_knows_other_rollups_tells_those_of_the_database(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(2));
    READINGS.refresh(acme).run();
    Rollup unknown = Rollup.of("readings_by_minute", Bucket.every(Duration.ofMinutes(1)));
    with(unknown).append(acme, List.of(reading(NOON.plusSeconds(1), 1)));

    assertRefreshed(acme);
  }

  @Test
  void a_refresh_tells_rollups_that_its_instance_does_not_know(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(2));
    READINGS.refresh(acme).run();
    READINGS.append(acme, List.of(reading(NOON.plusSeconds(1), 1)));
    with(HOURLY).refresh(acme).run();

    assertExact(acme, Freshness.STRICT);
    assertThat(RollupContract.from(acme, DAILY, Freshness.ROLLUP_ONLY))
        .isNotEqualTo(RollupContract.fromRows(acme, DAILY));
    assertRefreshed(acme);
  }

  @Test
  void what_nobody_told_of_is_found_and_repaired(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(3));
    READINGS.refresh(acme).run();
    TimeRange hours = TimeRange.starting(NOON, Duration.ofHours(3));
    assertThat(READINGS.refresh(acme).verify(RollupContract.YEARS))
        .hasSize(4)
        .allMatch(RollupRefresh.Difference::isNone);
    acme.transaction(
        transaction -> {
          READINGS.append(transaction, List.of(reading(NOON.plusSeconds(1), 1)));
          transaction.sql().execute("delete from readings_changes");
        });

    assertThat(READINGS.refresh(acme).verify(hours).get(0))
        .isEqualTo(new RollupRefresh.Difference("readings_hourly", 1, 0));
    assertThat(RollupContract.from(acme, HOURLY, Freshness.STRICT))
        .isNotEqualTo(RollupContract.fromRows(acme, HOURLY));
    READINGS.refresh(acme).repair(hours);
    assertThat(READINGS.refresh(acme).verify(hours)).allMatch(RollupRefresh.Difference::isNone);
    assertExact(acme, Freshness.STRICT);
    assertExact(acme, Freshness.ROLLUP_ONLY);
  }
}
