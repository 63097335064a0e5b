package dev.tenon.core.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.FreshDatabase;
import dev.tenon.core.Pool;
import dev.tenon.core.Waiting;
import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** Where no connection is had nothing serves, and one finding says why. */
class UnreachableHealthTest {

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with();

  private static final Pool IMPATIENT = Pool.of(1).withConnectionTimeout(Duration.ofSeconds(2));

  private static void assertNothingWasLookedAt(HealthReport report, String what, String fix) {
    assertThat(report.isServing()).isFalse();
    assertThat(report.findings())
        .filteredOn(finding -> finding.severity() == Severity.CRITICAL)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.check()).isEqualTo(Check.POOL);
              assertThat(finding.what()).contains(what);
              assertThat(finding.fix()).contains(fix);
            });
    assertThat(report.findings()).hasSize(1);
    assertThat(report.unchecked()).isEqualTo(EnumSet.complementOf(EnumSet.of(Check.POOL)));
  }

  @Test
  void a_server_that_cannot_be_reached_does_not_serve() {
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults());
        FaultProxy network = FaultProxy.to(server);
        Database database =
            Database.open(
                DatabaseConfig.url(network.reroute(server.jdbcUrl("postgres")))
                    .user(server.superuser().user())
                    .password(server.superuser().password())
                    .pool(IMPATIENT)
                    .build())) {
      DatabaseHealth health = DatabaseHealth.of(database);
      assertThat(health.report().isServing()).isTrue();

      network.disable();
      assertThat(health.report().isServing()).isFalse();

      assertNothingWasLookedAt(health.report(), "cannot make one", "start the server");

      network.enable();
      // A connection may take longer than the pool waits, on a machine that lets it wait.
      Waiting.until(() -> health.report().isServing());
    }
  }

  @Test
  void a_pool_that_is_lent_out_does_not_serve() {
    try (Database database = Database.open(fresh.config().pool(IMPATIENT).build())) {
      database.transaction(
          transaction -> {
            long begin = System.nanoTime();
            assertNothingWasLookedAt(
                DatabaseHealth.of(database).report(),
                "no connection became free",
                "enlarge the pool");
            // It is waited for once, not for each check.
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isLessThan(Duration.ofSeconds(12));
          });
    }
  }

  @Test
  void a_closed_database_does_not_serve() {
    Database database = Database.open(fresh.config().pool(IMPATIENT).build());
    database.close();

    assertNothingWasLookedAt(
        DatabaseHealth.of(database).report(), "the database was closed", "keep it open");
  }

  @Test
  void a_data_source_of_the_callers_that_reaches_nothing_does_not_serve() {
    PGSimpleDataSource nowhere = new PGSimpleDataSource();
    nowhere.setUrl("jdbc:postgresql://127.0.0.1:1/none");

    assertThat(DatabaseHealth.of(Database.using(nowhere)).report().isServing()).isFalse();
  }

  @Test
  void a_connection_that_was_ended_is_replaced_before_anything_is_said() {
    try (Database database = Database.open(fresh.config().pool(IMPATIENT).build())) {
      Object backend = database.sql().fetchValue("select pg_backend_pid()");
      fresh.get().sql().fetch("select pg_terminate_backend(?)", backend);

      assertThat(DatabaseHealth.of(database).report().isServing()).isTrue();
    }
  }
}
