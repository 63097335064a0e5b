package dev.tenon.guide;

import static dev.tenon.guide.Fleet.hosts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Pool;
import dev.tenon.core.SlowQueries;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.health.DatabaseHealth;
import dev.tenon.core.health.DatabaseMetrics;
import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthReport;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@TenonTest(schema = FleetSchema.class)
class OperatingGuideTest {

  private final UUID acmeId = UuidV7.next();
  private final Host host = new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1);
  private final List<Object> logged = new ArrayList<>();

  private void log(Object what) {
    logged.add(what);
  }

  private static DatabaseConfig.Builder config(TestDatabase database) {
    return DatabaseConfig.url(database.url())
        .user(database.application().user())
        .password(database.application().password())
        .poolSize(2);
  }

  @Test
  void tunes_the_pool_and_tells_of_slow_statements(TestDatabase database) {
    DatabaseConfig config =
        DatabaseConfig.url(database.url())
            .user(database.application().user())
            .password(database.application().password())
            .pool(
                Pool.of(20)
                    .withMinimumIdle(5)
                    .withConnectionTimeout(Duration.ofSeconds(3))
                    .withLeakAfter(Duration.ofSeconds(30))
                    .withName("fleet"))
            .slowQueries(SlowQueries.over(Duration.ofMillis(200), slow -> log(slow)))
            .build();

    try (Database opened = Database.open(config)) {
      TenantDatabase.on(opened).as(acmeId).sql().fetch("select pg_sleep(0.25)");
    }

    // On a busy machine others may be slow beside it.
    assertThat(logged)
        .filteredOn(
            slow ->
                slow instanceof SlowQueries.Statement statement
                    && statement.sql().equals("select pg_sleep(0.25)"))
        .singleElement()
        .satisfies(
            slow ->
                assertThat(((SlowQueries.Statement) slow).tenant().orElseThrow().value())
                    .isEqualTo(acmeId));
  }

  @Test
  void a_reader_only_reads(TestDatabase database) {
    try (Database writer =
        Database.open(config(database).reader(config(database).build()).build())) {
      TenantSession acme = TenantDatabase.on(writer.reader()).as(acmeId);

      assertThat(hosts.find(acme, host.id())).isEmpty();
      assertThatThrownBy(() -> hosts.insert(acme, host)).isInstanceOf(UsageException.class);
    }
  }

  @Test
  void health_says_what_was_not_looked_at(TestDatabase made) {
    try (Database database = Database.open(config(made).build())) {
      HealthReport report = DatabaseHealth.of(database).report();

      if (!report.isServing()) {
        report.findings().forEach(finding -> log(finding));
      }

      assertThat(logged).isEmpty();
      assertThat(report.unchecked())
          .containsExactlyInAnyOrder(
              Check.TRANSACTIONS,
              Check.REPLICATION,
              Check.INVALID_INDEXES,
              Check.UNUSED_INDEXES,
              Check.MISSING_INDEXES,
              Check.BLOAT);
      assertThat(report.findings(Check.BLOAT))
          .singleElement()
          .satisfies(finding -> assertThat(finding.fix()).contains("pg-index-health-core"));
    }
  }

  @Test
  void counts_into_micrometer(Database database) {
    MeterRegistry registry = new SimpleMeterRegistry();

    DatabaseMetrics.of(database).bindTo(registry);

    assertThat(registry.get("hikaricp.connections.max").gauge().value()).isPositive();
  }
}
