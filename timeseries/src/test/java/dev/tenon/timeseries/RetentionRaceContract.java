package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.DAILY;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.MONTHLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.Readings.WEEKLY;
import static dev.tenon.timeseries.RollupContract.days;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.Readings.State;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of a retention that fail, meet each other, or meet other definitions; on every engine. */
abstract class RetentionRaceContract extends HypertableContract {

  private static final Instant LATER = NOON.plus(Duration.ofDays(70));

  private static HypertableBuilder<Reading> definition(Rollup... rollups) {
    return HypertableRepository.of("readings", Reading.class)
        .time("time")
        .series("meter", "channel")
        .rollups(rollups)
        .retention(Duration.ofDays(30));
  }

  static Retention.Report retain(
      HypertableRepository<Reading> readings,
      TestDatabase made,
      Function<TenantId, ? extends Session> sessions,
      Instant now) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      return readings.retention(owner, sessions).run(now, () -> false, null);
    }
  }

  private static void stopAtTheArchive(TestDatabase made, TenantDatabase tenants) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThatThrownBy(
              () ->
                  READINGS
                      .retention(owner, tenants::as)
                      .run(
                          LATER,
                          () -> false,
                          chunk -> {
                            throw new IOException("full");
                          }))
          .isInstanceOf(IOException.class);
    }
  }

  private static long rows(TenantSession session, Rollup rollup) {
    return RollupContract.from(session, rollup, Freshness.ROLLUP_ONLY).stream()
        .mapToLong(State::rows)
        .sum();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void an_archive_whose_stream_fails_leaves_a_clean_connection(
      boolean unchecked, TenantDatabase tenants, TestDatabase made) throws IOException {
    READINGS.append(tenants.as(ACME), days(70));
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            if (unchecked) {
              throw new IllegalStateException("full");
            }
            throw new IOException("full");
          }
        };
    try (Database owner = TestSchema.connect(made, made.owner())) {
      Retention retention = READINGS.retention(owner, tenants::as);
      assertThatThrownBy(() -> retention.run(LATER, () -> false, chunk -> chunk.copyTo(full)))
          .isInstanceOf(unchecked ? IllegalStateException.class : IOException.class)
          .hasMessage("full");
      for (int i = 0; i < 30; i++) {
        assertThat(owner.sql().fetchSingle("select ?", i).get(0, Integer.class)).isEqualTo(i);
      }
      assertThat(
              retention
                  .run(LATER, () -> false, chunk -> chunk.copyTo(OutputStream.nullOutputStream()))
                  .dropped())
          .isNotEmpty();
    }
  }

  @Test
  void a_run_that_is_behind_another_lowers_nothing(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    AtomicBoolean first = new AtomicBoolean(true);
    retain(
        READINGS,
        made,
        tenant -> {
          if (first.getAndSet(false)) {
            retain(READINGS, made, tenants::as, LATER);
          }
          return tenants.as(tenant);
        },
        LATER.minus(Duration.ofDays(14)));
    Instant floor = READINGS.floor(acme).orElseThrow();
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute("truncate " + RollupContract.base(owner));
    }
    READINGS.refresh(acme).run();

    assertThat(floor).isAfter(LATER.minus(Duration.ofDays(37)));
    assertThat(
            RollupContract.from(acme, HOURLY, Freshness.ROLLUP_ONLY).stream()
                .mapToLong(State::rows)
                .sum())
        .isEqualTo(days(70).stream().filter(row -> row.time().isBefore(floor)).count());
  }

  @Test
  void a_definition_that_lacks_rollups_is_refused_before_anything_is_done(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    for (HypertableRepository<Reading> older :
        List.of(definition().build(), definition(HOURLY).build())) {
      assertThatThrownBy(() -> retain(older, made, tenants::as, LATER))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the database has the rollups [readings_daily");
    }
    assertThat(READINGS.floor(acme)).isEmpty();
    assertThat(READINGS.range(acme, RollupContract.YEARS)).hasSize(560);
  }

  @Test
  void a_rollup_that_joins_before_chunks_are_dropped_has_all_of_them(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    stopAtTheArchive(made, tenants);
    Rollup sixHours = Rollup.of("readings_six", Bucket.every(Duration.ofHours(6))).sum("units");
    HypertableRepository<Reading> more =
        definition(HOURLY, DAILY, WEEKLY, MONTHLY, sixHours).build();
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(
          Migrations.named("more")
              .script(
                  "V1__more.sql",
                  more.upgradeSql() + TenantTable.rls("public", "readings_six").sql()));
    }
    retain(more, made, tenants::as, LATER);

    assertThat(more.range(acme, RollupContract.YEARS)).hasSizeLessThan(560);
    assertThat(acme.sql().fetchSingle("select sum(rows) from readings_six").get(0, Long.class))
        .isEqualTo(560);
  }

  @Test
  void a_tenant_that_cannot_be_refreshed_holds_back_no_other(
      TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(70));
    READINGS.append(tenants.as(OTHER), days(70));
    List<TenantId> asked = new ArrayList<>();
    UsageException suspended = new UsageException(Problem.what("it is suspended").where("here"));
    assertThatThrownBy(
            () ->
                retain(
                    READINGS,
                    made,
                    tenant -> {
                      asked.add(tenant);
                      if (asked.size() == 1) {
                        throw suspended;
                      }
                      return tenants.as(tenant);
                    },
                    LATER))
        .isSameAs(suspended);

    assertThat(asked).hasSize(2);
    assertThat(rows(tenants.as(asked.get(1)), DAILY)).isEqualTo(560);
    assertThat(READINGS.range(tenants.as(asked.get(0)), RollupContract.YEARS)).hasSize(560);
    retain(READINGS, made, tenants::as, LATER);
    assertThat(rows(tenants.as(asked.get(0)), DAILY)).isEqualTo(560);
  }

  @Test
  void a_session_of_somebody_else_is_refused(TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(70));
    assertThatThrownBy(() -> retain(READINGS, made, tenant -> tenants.as(OTHER), LATER))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a session of " + OTHER + " was given");
  }

  @Test
  void a_run_that_is_cancelled_while_it_refreshes_drops_nothing(
      TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(70));
    READINGS.append(tenants.as(OTHER), days(70));
    Set<TenantId> asked = new HashSet<>();
    try (Database owner = TestSchema.connect(made, made.owner())) {
      Retention[] running = new Retention[1];
      running[0] =
          READINGS.retention(
              owner,
              tenant -> {
                asked.add(tenant);
                running[0].cancel();
                return tenants.as(tenant);
              });
      assertThat(running[0].run(LATER, () -> false, null).dropped()).isEmpty();
    }
    assertThat(asked).hasSize(1);
    assertThat(READINGS.range(tenants.as(ACME), RollupContract.YEARS)).hasSize(560);
  }

  @Test
  void a_row_from_outside_the_years_holds_nothing_up(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    if (!acme.capabilities().has("timescaledb")) {
      acme.sql().fetch("select readings_make_chunks(array[timestamptz '20000-01-01 00:00Z'])");
    }
    acme.sql()
        .execute(
            "insert into readings (time, meter, channel, units)"
                + " values ('20000-01-01 00:00Z', 'm', 1, 1)");
    READINGS.refresh(acme).run();

    RollupContract.assertRefreshed(acme);
    assertThat(retain(READINGS, made, tenants::as, LATER).dropped()).isNotEmpty();
  }

  @Test
  void an_empty_chunk_is_archived_by_nobody(TenantDatabase tenants, TestDatabase made)
      throws IOException {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    acme.sql().execute("delete from readings where time < '2026-12-10Z'");
    Set<Long> archived = new HashSet<>();
    try (Database owner = TestSchema.connect(made, made.owner())) {
      Retention.Report report =
          READINGS
              .retention(owner, tenants::as)
              .run(
                  LATER,
                  () -> false,
                  chunk -> {
                    long rows = chunk.copyTo(OutputStream.nullOutputStream());
                    archived.add(rows);
                    return rows;
                  });
      assertThat(report.dropped()).hasSizeGreaterThan(archived.size());
    }
    assertThat(archived).isNotEmpty().doesNotContain(0L);
  }

  @Test
  void rows_below_the_floor_may_be_deleted_until_they_are_dropped(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    stopAtTheArchive(made, tenants);
    assertThat(
            acme.sql().execute("delete from readings where time = ?::timestamptz", NOON.toString()))
        .isOne();
    READINGS.append(acme, List.of(reading(LATER, 1)));

    assertThat(retain(READINGS, made, tenants::as, LATER).dropped()).isNotEmpty();
    assertThat(rows(acme, DAILY)).isBetween(560L, 561L);
  }
}
