package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/**
 * Runs small test classes inside a test, to see what becomes of their databases. Surefire does not
 * run nested static classes by themselves.
 */
class FailedTestTest {

  @Test
  void a_failed_test_keeps_its_database_and_reports_the_psql_line() throws Exception {
    var events =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(Failing.class))
            .execute()
            .testEvents();
    events.assertStatistics(statistics -> statistics.started(1).failed(1));
    String psql =
        events
            .reportingEntryPublished()
            .map(event -> entry(event, "psql"))
            .findFirst()
            .orElseThrow();
    String name = nameIn(psql);
    assertThat(psql).contains(name);
    assertThat(exists(name)).isTrue();
  }

  @Test
  void a_passed_test_has_its_database_dropped() throws Exception {
    var events =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(Passing.class))
            .execute()
            .testEvents();
    events.assertStatistics(statistics -> statistics.started(1).succeeded(1));
    String name =
        events
            .reportingEntryPublished()
            .map(event -> entry(event, "name"))
            .findFirst()
            .orElseThrow();
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (exists(name) && Instant.now().isBefore(deadline)) {
      Thread.onSpinWait();
    }
    assertThat(exists(name)).isFalse();
  }

  private static String entry(Event event, String key) {
    return Objects.requireNonNull(
        event.getRequiredPayload(ReportEntry.class).getKeyValuePairs().get(key), key);
  }

  private static String nameIn(String psql) {
    var found =
        java.util.regex.Pattern.compile("tenon_[a-z0-9_]+")
            .matcher(psql.replaceAll("tenon_(owner|app)\\b", ""));
    assertThat(found.find()).isTrue();
    return found.group();
  }

  private static boolean exists(String database) throws SQLException {
    PostgresServer server = PostgresServer.shared();
    try (Connection connection = server.dataSource("postgres", server.superuser()).getConnection();
        var statement =
            connection.prepareStatement("select count(*) from pg_database where datname = ?")) {
      statement.setString(1, database);
      try (var row = statement.executeQuery()) {
        return row.next() && row.getInt(1) == 1;
      }
    }
  }

  @TenonTest
  static class Failing {
    @Test
    void fails(TestDatabase database) {
      assertThat(database.name()).isEqualTo("something else");
    }
  }

  @TenonTest
  static class Passing {
    @Test
    void passes(TestDatabase database, org.junit.jupiter.api.TestReporter reporter) {
      reporter.publishEntry("name", database.name());
    }
  }
}
