package dev.tenon.core.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.FreshDatabase;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.core.Waiting;
import dev.tenon.core.health.DatabaseHealth.Limits;
import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DatabaseHealthTest {

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with();

  private static Limits impatient() {
    return new Limits(Duration.ZERO, Duration.ZERO, 0, 0, 0, 50);
  }

  private static void run(Database database, String... statements) {
    for (String statement : statements) {
      database.sql().execute(statement);
    }
  }

  @Test
  void a_database_at_rest_serves_and_everything_was_looked_at() {
    HealthReport report = DatabaseHealth.of(fresh.get()).report();

    assertThat(report.isServing()).isTrue();
    assertThat(report.unchecked()).isEmpty();
    assertThat(report.findings())
        .extracting(HealthFinding::severity)
        .doesNotContain(Severity.CRITICAL);
    assertThat(report.pool().orElseThrow().size()).isEqualTo(8);
  }

  @Test
  void dates_its_report_by_the_clock_that_it_is_given() {
    Clock noon = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);

    assertThat(DatabaseHealth.of(fresh.get()).withClock(noon).report().at())
        .isEqualTo(noon.instant());
  }

  @Test
  void tells_how_many_wait_for_the_pool() throws Exception {
    try (Database small = Database.open(fresh.config().poolSize(2).build())) {
      CountDownLatch held = new CountDownLatch(1);
      CompletableFuture<Void> first = holding(small, held);
      CompletableFuture<Void> second = holding(small, held);
      Waiting.until(() -> DatabaseHealth.of(small).poolUse().orElseThrow().active() == 2);
      CompletableFuture<Void> third = holding(small, held);
      Waiting.until(() -> DatabaseHealth.of(small).poolUse().orElseThrow().waiting() == 1);
      CompletableFuture<HealthReport> report =
          CompletableFuture.supplyAsync(
              () -> DatabaseHealth.of(small).report(), work -> new Thread(work).start());
      // It has looked at the pool when it waits for a connection itself.
      Waiting.until(() -> DatabaseHealth.of(small).poolUse().orElseThrow().waiting() == 2);
      held.countDown();

      assertThat(report.get().findings(Check.POOL))
          .singleElement()
          .satisfies(finding -> assertThat(finding.what()).contains("wait for one of 2"));
      CompletableFuture.allOf(first, second, third).get();
    }
  }

  private static CompletableFuture<Void> holding(Database database, CountDownLatch held) {
    return CompletableFuture.runAsync(
        () ->
            database.transaction(
                transaction -> {
                  transaction.sql().fetch("select 1");
                  Waiting.until(() -> held.getCount() == 0);
                }),
        work -> new Thread(work).start());
  }

  @Test
  void finds_transactions_that_stay_open() {
    DatabaseHealth health =
        DatabaseHealth.of(fresh.get())
            .withLimits(new Limits(Duration.ofMillis(50), Duration.ofDays(1), 1L << 40, 0, 0, 50));
    try (Database other = Database.open(fresh.config().poolSize(1).build())) {
      other.transaction(
          transaction -> {
            transaction.sql().fetch("select 1");
            Waiting.until(() -> !health.report().findings(Check.TRANSACTIONS).isEmpty());
            assertThat(health.report().findings(Check.TRANSACTIONS))
                .singleElement()
                .satisfies(finding -> assertThat(finding.what()).contains("idle in transaction"));
          });
    }
    assertThat(health.report().findings(Check.TRANSACTIONS)).isEmpty();
  }

  @Test
  void finds_too_few_free_connections() {
    Limits greedy = new Limits(Duration.ofDays(1), Duration.ofDays(1), 1L << 40, 0, 1, 50);

    assertThat(
            DatabaseHealth.of(fresh.get()).withLimits(greedy).report().findings(Check.CONNECTIONS))
        .singleElement()
        .satisfies(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING));
  }

  @Test
  void finds_an_index_whose_making_failed() {
    run(fresh.get(), "create table note (id int)", "insert into note values (1), (1)");
    assertThatThrownBy(
            () -> run(fresh.get(), "create unique index concurrently note_id on note (id)"))
        .isInstanceOf(InvalidDataException.class);

    assertThat(DatabaseHealth.of(fresh.get()).report().findings(Check.INVALID_INDEXES))
        .singleElement()
        .satisfies(finding -> assertThat(finding.subject()).isEqualTo("note_id"));
  }

  @Test
  void finds_indexes_that_nobody_uses_and_tables_that_lack_one() {
    run(
        fresh.get(),
        "create table note (id int primary key, topic int)",
        "create index note_topic on note (topic)",
        "create table log (topic int)",
        """
        do $$ begin
          for topic in 1..150 loop perform from log where log.topic = 7; end loop;
        end $$
        """);
    DatabaseHealth health = DatabaseHealth.of(fresh.get());

    Waiting.until(
        () -> {
          run(fresh.get(), "select pg_stat_force_next_flush()");
          return subjects(health, Check.MISSING_INDEXES).contains("log");
        });
    assertThat(subjects(health, Check.UNUSED_INDEXES)).containsExactly("note_topic");
    assertThat(subjects(health.withSchemas("information_schema"), Check.UNUSED_INDEXES)).isEmpty();
  }

  @Test
  void tables_of_tenon_itself_lack_no_index_and_have_none_too_many_unless_they_are_asked_for() {
    run(
        fresh.get(),
        "create schema tenon",
        "create table tenon.note (id int primary key, topic int)",
        "create index note_topic on tenon.note (topic)",
        "create table tenon.log (topic int)",
        "create table log (topic int)",
        """
        do $$ begin
          for topic in 1..150 loop perform from tenon.log l where l.topic = 7; end loop;
          for topic in 1..150 loop perform from public.log l where l.topic = 7; end loop;
        end $$
        """);
    DatabaseHealth health = DatabaseHealth.of(fresh.get());

    Waiting.until(
        () -> {
          run(fresh.get(), "select pg_stat_force_next_flush()");
          return subjects(health, Check.MISSING_INDEXES).contains("log");
        });
    assertThat(subjects(health, Check.MISSING_INDEXES)).containsExactly("log");
    assertThat(subjects(health, Check.UNUSED_INDEXES)).isEmpty();
    assertThat(subjects(health.withSchemas("tenon"), Check.UNUSED_INDEXES))
        .containsExactly("tenon.note_topic");
  }

  @Test
  void each_limit_can_be_moved_alone() {
    assertThat(
            Limits.defaults()
                .withTransaction(Duration.ofSeconds(1))
                .withReplicationLag(Duration.ofSeconds(2))
                .withRetainedWal(3)
                .withCacheHitRatio(0.4)
                .withFreeConnections(0.5)
                .withBloat(6))
        .isEqualTo(new Limits(Duration.ofSeconds(1), Duration.ofSeconds(2), 3, 0.4, 0.5, 6));
  }

  private static List<String> subjects(DatabaseHealth health, Check check) {
    return health.report().findings(check).stream().map(HealthFinding::subject).toList();
  }

  @Test
  void finds_dead_space() {
    run(
        fresh.get(),
        "create table note (id int primary key, body text) with (autovacuum_enabled = off)",
        "insert into note select n, repeat('x', 500) from generate_series(1, 20000) n",
        "delete from note where id > 1000",
        "analyze note");

    assertThat(DatabaseHealth.of(fresh.get()).report().findings(Check.BLOAT))
        .extracting(HealthFinding::subject)
        .contains("note");
  }

  @Test
  void a_role_that_sees_only_itself_is_told_what_was_not_looked_at() {
    String role = "health_" + Integer.toHexString(System.identityHashCode(this));
    run(
        fresh.get(),
        "create role " + role + " login password 'p'",
        "do $$ begin execute format('grant connect on database %I to "
            + role
            + "', current_database()); end $$");
    try (Database blind =
        Database.open(
            DatabaseConfig.url(fresh.url()).user(role).password("p").poolSize(1).build())) {
      HealthReport report = DatabaseHealth.of(blind).report();

      assertThat(report.unchecked()).contains(Check.TRANSACTIONS, Check.REPLICATION);
      assertThat(report.findings(Check.TRANSACTIONS))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.severity()).isEqualTo(Severity.ADVICE);
                assertThat(finding.fix()).contains("pg_read_all_stats");
              });
    } finally {
      run(fresh.get(), "drop owned by " + role, "drop role " + role);
    }
  }

  @Test
  void a_standby_says_how_far_it_is_behind_and_that_nothing_streams() {
    try (PostgresServer primary = PostgresServer.start(PostgresOptions.defaults());
        FaultProxy network = FaultProxy.to(primary);
        PostgresServer standby =
            primary.startStandby(
                PostgresOptions.defaults().withSetting("wal_receiver_timeout", "1s"), network);
        Database reader = open(standby)) {
      Waiting.until(() -> DatabaseHealth.of(reader).report().isServing());

      network.disable();

      Waiting.until(() -> !DatabaseHealth.of(reader).report().isServing());
      assertThat(DatabaseHealth.of(reader).report().findings(Check.REPLICATION))
          .singleElement()
          .satisfies(finding -> assertThat(finding.what()).contains("nothing streams"));
    }
  }

  @Test
  void finds_a_slot_that_nobody_reads() {
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults());
        Database database = open(server)) {
      run(
          database,
          "select pg_create_physical_replication_slot('forgotten', true)",
          "create table note (id int)",
          "insert into note values (1)");

      assertThat(
              DatabaseHealth.of(database)
                  .withLimits(impatient())
                  .report()
                  .findings(Check.REPLICATION))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.subject()).isEqualTo("slot forgotten");
                assertThat(finding.what()).contains("used by nobody");
              });
    }
  }

  private static Database open(PostgresServer server) {
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl("postgres"))
            .user(server.superuser().user())
            .password(server.superuser().password())
            .poolSize(2)
            .build());
  }

  @Test
  void a_limit_that_is_no_share_is_refused() {
    assertThatThrownBy(() -> new Limits(Duration.ZERO, Duration.ZERO, 0, 1.5, 0, 50))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("cacheHitRatio is 1.5");
  }
}
