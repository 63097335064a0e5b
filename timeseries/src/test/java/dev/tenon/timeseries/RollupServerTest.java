package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.DAILY;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.assertExact;
import static dev.tenon.timeseries.RollupContract.assertRefreshed;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.TenonException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rollups on servers of their own: commits that take long, and servers that are killed. */
@Timeout(300)
final class RollupServerTest {

  private static final int KILLS = Integer.getInteger("tenon.rollups.kills", 2);

  private static TestSchema schema(boolean timescale) {
    return timescale ? new Readings.OnTimescale() : new Readings.OnPartitions();
  }

  private static Database open(PostgresServer server, TestDatabase made) {
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl(made.name()))
            .user(made.application().user())
            .password(made.application().password())
            .build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_prepared_transaction_is_in_the_refresh_after_its_commit(boolean timescale)
      throws Exception {
    try (PostgresServer server =
            PostgresServer.start(
                PostgresOptions.defaults().withSetting("max_prepared_transactions", "5"));
        TestDatabase made = server.database(schema(timescale).template());
        Database database = open(server, made);
        Connection raw = made.dataSource(made.application()).getConnection();
        Statement statement = raw.createStatement()) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      READINGS.append(acme, RollupContract.days(2));
      READINGS.refresh(acme).run();
      statement.execute(
          "begin; set local app.current_tenant = '%s'; update readings set units = units + 1;"
                  .formatted(ACME)
              + " prepare transaction 'late'");
      READINGS.refresh(acme).run();
      assertExact(acme, Freshness.STRICT);
      statement.execute("commit prepared 'late'");

      assertRefreshed(acme);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void nothing_differs_while_changes_are_prepared_and_rows_are_dropped(
      boolean timescale, boolean retains) throws Exception {
    try (PostgresServer server =
            PostgresServer.start(
                PostgresOptions.defaults().withSetting("max_prepared_transactions", "9"));
        TestDatabase made = server.database(schema(timescale).template());
        Database database = open(server, made);
        Database owner = TestSchema.connect(made, made.owner())) {
      TenantDatabase tenants = TenantDatabase.on(database);
      RollupStorm storm =
          new RollupStorm(
                  tenants.as(ACME),
                  Duration.ofSeconds(Long.getLong("tenon.rollups.seconds", 3)),
                  Long.getLong("tenon.rollups.seed", System.nanoTime()))
              .withPrepared(made.dataSource(made.application()));
      if (retains) {
        storm.withRetention(new StormRetention(owner, tenants::as));
      } else {
        storm.withTruncation(owner);
      }
      storm.run();
      System.out.println("rollups: " + storm);
    }
  }

  /** Where TimescaleDB's own aggregates lose the row: it was read by nobody and is told by none. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_commit_that_waits_for_a_standby_is_in_the_refresh_after_it(boolean timescale)
      throws Exception {
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults().withDurability());
        TestDatabase made = server.database(schema(timescale).template());
        Database database = open(server, made);
        Connection superuser = server.dataSource(made.name(), server.superuser()).getConnection();
        Statement statement = superuser.createStatement()) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      READINGS.append(acme, RollupContract.days(2));
      READINGS.refresh(acme).run();
      statement.execute("alter system set synchronous_standby_names = 'nobody'");
      statement.execute("select pg_reload_conf()");
      AtomicInteger rows = new AtomicInteger();
      CompletableFuture<Long> held = append(acme, rows);
      // The server takes its time to read the setting.
      while (!isHeld(held, statement)) {
        held = append(acme, rows);
      }
      TenantSession local = acme.withSetting("synchronous_commit", "local");
      READINGS.refresh(local).run();
      assertExact(local, Freshness.STRICT);
      statement.execute("alter system reset synchronous_standby_names");
      statement.execute("select pg_reload_conf()");
      assertThat(held.get(30, TimeUnit.SECONDS)).isEqualTo(1);

      assertRefreshed(acme);
      assertThat(RollupContract.from(acme, DAILY, Freshness.ROLLUP_ONLY).get(0).rows())
          .isEqualTo(4 + rows.get());
    }
  }

  private static CompletableFuture<Long> append(TenantSession acme, AtomicInteger rows) {
    Instant time = NOON.plusSeconds(rows.incrementAndGet());
    return Waiting.forResult(() -> READINGS.append(acme, List.of(reading(time, 1))));
  }

  private static boolean isHeld(CompletableFuture<Long> append, Statement statement)
      throws Exception {
    AtomicBoolean held = new AtomicBoolean();
    Waiting.until(
        () -> {
          held.set(waits(statement));
          return held.get() || append.isDone();
        });
    return held.get();
  }

  private static boolean waits(Statement statement) throws SQLException {
    try (ResultSet result =
        statement.executeQuery("select from pg_stat_activity where wait_event = 'SyncRep'")) {
      return result.next();
    }
  }

  /** Smaller here than it is published: {@code -Dtenon.rollups.kills=20}. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothing_acknowledged_is_lost_or_counted_twice_by_a_killed_server(boolean timescale)
      throws Exception {
    Set<Instant> acknowledged = new ConcurrentSkipListSet<>();
    Set<Instant> sent = new ConcurrentSkipListSet<>();
    AtomicInteger refreshes = new AtomicInteger();
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults().withDurability());
        TestDatabase made = server.database(schema(timescale).template());
        Database database = open(server, made)) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      AtomicBoolean stop = new AtomicBoolean();
      List<CompletableFuture<Void>> all = new ArrayList<>();
      AtomicInteger next = new AtomicInteger();
      for (int i = 0; i < 3; i++) {
        all.add(Waiting.forEnd(() -> append(acme, next, sent, acknowledged, stop::get)));
      }
      all.add(
          Waiting.forEnd(
              () -> {
                while (!stop.get()) {
                  unlessCut(() -> READINGS.refresh(acme).run());
                  refreshes.incrementAndGet();
                }
              }));
      for (int kill = 0; kill < KILLS; kill++) {
        int before = acknowledged.size();
        Waiting.until(() -> acknowledged.size() > before + 200);
        server.restart();
      }
      int before = acknowledged.size();
      Waiting.until(() -> acknowledged.size() > before);
      stop.set(true);
      for (CompletableFuture<Void> future : all) {
        future.get(60, TimeUnit.SECONDS);
      }

      assertRefreshed(acme);
      Set<Instant> stored =
          READINGS.range(acme, RollupContract.YEARS).stream()
              .map(Reading::time)
              .collect(Collectors.toSet());
      assertThat(stored).containsAll(acknowledged);
      assertThat(sent).containsAll(stored);
      long counted =
          RollupContract.from(acme, DAILY, Freshness.ROLLUP_ONLY).stream()
              .mapToLong(Readings.State::rows)
              .sum();
      assertThat(counted).isEqualTo(stored.size());
    }
    System.out.printf(
        "rollups: %d kills, %d acknowledged, 0 lost, %d unknown, %d refreshes%n",
        KILLS, acknowledged.size(), sent.size() - acknowledged.size(), refreshes.get());
  }

  private static void append(
      TenantSession acme,
      AtomicInteger next,
      Set<Instant> sent,
      Set<Instant> acknowledged,
      BooleanSupplier stopped) {
    while (!stopped.getAsBoolean()) {
      Instant time = NOON.plus(Duration.ofMinutes(7L * next.getAndIncrement()));
      sent.add(time);
      unlessCut(
          () -> {
            READINGS.append(acme, List.of(reading(time, 1)));
            acknowledged.add(time);
          });
    }
  }

  private static void unlessCut(Runnable work) {
    try {
      work.run();
    } catch (TenonException cut) {
      // The server is being killed; what was acknowledged is looked at in the end.
    }
  }
}
