package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.ALL;
import static dev.tenon.timeseries.Readings.DAILY;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.MONTHLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.days;
import static dev.tenon.timeseries.RollupContract.fromRows;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.Readings.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is dropped, what stays, and who is refused, on every engine. */
abstract class RetentionContract extends HypertableContract {

  /** Seventy days of rows begin at noon; thirty are kept. */
  private static final Instant LATER = NOON.plus(Duration.ofDays(70));

  /** Runs ahead of each retention. */
  void prepare(TestDatabase made) {}

  private Retention.Report retain(TestDatabase made, TenantDatabase tenants) {
    return retain(made, tenants, LATER, null);
  }

  private <X extends Exception> Retention.Report retain(
      TestDatabase made, TenantDatabase tenants, Instant now, @Nullable ChunkArchive<X> archive)
      throws X {
    prepare(made);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      return READINGS.retention(owner, tenants::as).run(now, () -> false, archive);
    }
  }

  private static Instant floor(TenantSession session) {
    return READINGS.floor(session).orElseThrow();
  }

  private static List<List<State>> all(TenantSession session, Freshness freshness) {
    return ALL.stream().map(rollup -> RollupContract.from(session, rollup, freshness)).toList();
  }

  @Test
  void rollups_keep_what_they_have_of_chunks_that_are_dropped(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    List<List<State>> before = all(acme, Freshness.STRICT);
    Retention.Report report = retain(made, tenants);

    assertThat(report.dropped()).hasSizeBetween(5, 6);
    assertThat(report.floor()).contains(floor(acme));
    assertThat(floor(acme)).isAfter(LATER.minus(Duration.ofDays(37))).isBefore(LATER);
    assertThat(READINGS.range(acme, RollupContract.YEARS))
        .isNotEmpty()
        .allMatch(row -> !row.time().isBefore(floor(acme)));
    assertThat(all(acme, Freshness.ROLLUP_ONLY)).isEqualTo(before);
    assertThat(all(acme, Freshness.STRICT)).isEqualTo(before);
    READINGS.refresh(acme).repair(RollupContract.YEARS);
    assertThat(all(acme, Freshness.ROLLUP_ONLY)).isEqualTo(before);
    assertThat(READINGS.refresh(acme).verify(RollupContract.YEARS))
        .allMatch(RollupRefresh.Difference::isNone);
  }

  @Test
  void a_plan_changes_nothing_and_a_second_run_finds_nothing(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(READINGS.retention(owner, tenants::as).plan().dropped()).isEmpty();
    }
    assertThat(READINGS.floor(acme)).isEmpty();
    Retention.Report first = retain(made, tenants);
    Retention.Report second = retain(made, tenants);

    assertThat(second.dropped()).isEmpty();
    assertThat(second.floor()).isEqualTo(first.floor());
    assertThat(retain(made, tenants, NOON, null).floor()).isEqualTo(first.floor());
  }

  @Test
  void every_tenant_is_refreshed_ahead_of_the_drop(TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(70));
    READINGS.append(tenants.as(OTHER), days(3));
    READINGS.refresh(tenants.as(OTHER)).run();
    READINGS.append(tenants.as(OTHER), List.of(reading(NOON.plusSeconds(1), 1)));
    List<List<State>> others = all(tenants.as(OTHER), Freshness.STRICT);
    retain(made, tenants);

    assertThat(all(tenants.as(OTHER), Freshness.ROLLUP_ONLY)).isEqualTo(others);
    assertThat(all(tenants.as(OTHER), Freshness.STRICT)).isEqualTo(others);
    assertThat(RollupContract.from(tenants.as(ACME), DAILY, Freshness.ROLLUP_ONLY)).hasSize(71);
  }

  @Test
  void rows_from_before_the_floor_are_refused_by_the_database(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    retain(made, tenants);
    List<List<State>> before = all(acme, Freshness.STRICT);
    Instant kept = floor(acme);

    assertThatThrownBy(() -> READINGS.append(acme, List.of(reading(kept.minusNanos(1_000), 1))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("older than the floor of readings");
    for (String change :
        List.of(
            "insert into readings (time, meter, channel, units) values (?::timestamptz, 'x', 1, 1)",
            "update readings set time = ?::timestamptz")) {
      assertThatThrownBy(() -> acme.sql().execute(change, kept.minusSeconds(1).toString()))
          .isInstanceOf(InvalidDataException.class);
    }
    assertThat(all(acme, Freshness.STRICT)).isEqualTo(before);
    assertThat(READINGS.append(acme, List.of(new Reading(kept, "x", 1, 1, null)))).isOne();
    RollupContract.assertExactSince(acme, kept);
  }

  @Test
  void late_rows_above_the_floor_count_in_buckets_that_begin_below(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    retain(made, tenants);
    long before = rows(acme, MONTHLY);
    READINGS.append(acme, List.of(new Reading(floor(acme), "late", 1, 1, null)));

    assertThat(
            RollupContract.from(acme, MONTHLY, Freshness.STRICT).stream()
                .mapToLong(State::rows)
                .sum())
        .isEqualTo(before + 1);
    READINGS.refresh(acme).run();
    assertThat(rows(acme, MONTHLY)).isEqualTo(before + 1);
    assertThat(rows(acme, HOURLY)).isEqualTo(before + 1);
  }

  private static long rows(TenantSession session, Rollup rollup) {
    return RollupContract.from(session, rollup, Freshness.ROLLUP_ONLY).stream()
        .mapToLong(State::rows)
        .sum();
  }

  @Test
  void an_archive_is_given_every_row_of_what_is_dropped(TenantDatabase tenants, TestDatabase made)
      throws IOException {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    READINGS.append(tenants.as(OTHER), days(1));
    List<String> lines = new ArrayList<>();
    retain(made, tenants, LATER, chunk -> kept(chunk, lines));
    int dropped = days(70).size() + days(1).size();
    dropped -= READINGS.range(acme, RollupContract.YEARS).size();

    assertThat(lines)
        .filteredOn(line -> !line.startsWith("tenant_id"))
        .doesNotHaveDuplicates()
        .hasSize(dropped)
        .anyMatch(line -> line.startsWith(OTHER.toString()))
        .contains(ACME + ",2026-11-20 15:00:00+00,m,1,1,0.25,");
  }

  private static long kept(ChunkExport chunk, List<String> lines) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long rows = chunk.copyTo(out);
    lines.addAll(out.toString(StandardCharsets.UTF_8).lines().toList());
    return rows;
  }

  @Test
  void a_chunk_that_is_not_archived_stays_and_is_given_to_the_next_run(
      TenantDatabase tenants, TestDatabase made) throws IOException {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    int rows = READINGS.range(acme, RollupContract.YEARS).size();

    assertThatThrownBy(
            () ->
                retain(
                    made,
                    tenants,
                    LATER,
                    chunk -> {
                      throw new IOException("the archive is full");
                    }))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> retain(made, tenants, LATER, chunk -> 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the archive kept 1 rows of");
    assertThat(READINGS.range(acme, RollupContract.YEARS)).hasSize(rows);

    List<String> lines = new ArrayList<>();
    retain(made, tenants, LATER, chunk -> kept(chunk, lines));
    assertThat(READINGS.range(acme, RollupContract.YEARS)).hasSizeLessThan(rows);
    assertThat(lines).hasSizeGreaterThan(rows - READINGS.range(acme, RollupContract.YEARS).size());
  }

  @Test
  void a_row_that_commits_late_is_waited_for(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    List<CompletableFuture<Retention.Report>> runs = new ArrayList<>();
    acme.transaction(
        open -> {
          READINGS.append(open, List.of(reading(NOON.plusSeconds(1), 1)));
          runs.add(Waiting.forResult(() -> retain(made, tenants)));
          assertThatThrownBy(() -> runs.get(0).get(1, TimeUnit.SECONDS))
              .isInstanceOf(TimeoutException.class);
        });
    runs.get(0).get(60, TimeUnit.SECONDS);

    assertThat(rows(acme, DAILY)).isEqualTo(days(70).size() + 1);
  }

  /** Its first row was checked before the floor is raised, and its rows are told of at its end. */
  @Test
  void a_statement_that_is_half_done_is_waited_for(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    READINGS.refresh(acme).run();
    CompletableFuture<Integer> insert =
        Waiting.forResult(
            () ->
                acme.sql()
                    .execute(
                        """
                        insert into readings (time, meter, channel, units)
                        select ?::timestamptz + i * interval '1 minute', 'late', 1, 1
                          from generate_series(1, 2) as i,
                               lateral (select pg_sleep((i - 1) * 2)) as pause
                        """,
                        NOON.toString()));
    Waiting.until(() -> sleeps(made));
    retain(made, tenants);

    assertThat(insert.get(30, TimeUnit.SECONDS)).isEqualTo(2);
    assertThat(rows(acme, DAILY)).isEqualTo(days(70).size() + 2);
  }

  private static boolean sleeps(TestDatabase made) {
    try (Database superuser = TestSchema.connect(made, made.superuser())) {
      return superuser
              .sql()
              .fetchSingle(
                  "select count(*) from pg_stat_activity"
                      + " where datname = current_database() and wait_event = 'PgSleep'")
              .get(0, Integer.class)
          > 0;
    }
  }

  @Test
  void a_transaction_with_an_older_snapshot_is_refused_too(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    assertThatThrownBy(
            () ->
                acme.transaction(
                    Transaction.Options.defaults()
                        .withIsolation(Transaction.Options.Isolation.REPEATABLE_READ),
                    old -> {
                      old.sql().fetch("select now()");
                      retain(made, tenants);
                      READINGS.append(old, List.of(reading(NOON.plusSeconds(1), 1)));
                    }))
        .isInstanceOf(InvalidDataException.class);

    assertThat(rows(acme, DAILY)).isEqualTo(days(70).size());
  }

  @Test
  void rollups_keep_the_time_before_the_floor_when_the_rest_is_truncated(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(70));
    retain(made, tenants);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute("truncate " + RollupContract.base(owner));
    }
    READINGS.refresh(acme).run();

    assertThat(RollupContract.from(acme, HOURLY, Freshness.ROLLUP_ONLY))
        .isNotEmpty()
        .allMatch(state -> state.start().isBefore(floor(acme)));
    assertThat(RollupContract.from(acme, HOURLY, Freshness.STRICT))
        .isEqualTo(RollupContract.from(acme, HOURLY, Freshness.ROLLUP_ONLY));
    assertThat(fromRows(acme, HOURLY)).isEmpty();
  }

  @Test
  void only_the_owner_may(TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(70));
    assertThatThrownBy(() -> READINGS.retention(tenants.as(ACME), tenants::as))
        .isInstanceOf(UsageException.class);
    try (Database application = TestSchema.connect(made, made.application())) {
      assertThatThrownBy(
              () ->
                  READINGS.retention(application, tenants::as).run(LATER, () -> false, chunk -> 0))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("only the owner of the table drops them");
    }
    assertThat(READINGS.range(tenants.as(ACME), RollupContract.YEARS)).hasSize(days(70).size());
  }
}
