package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReadBenchmarkTest {

  private static final int ROWS = 1_000;
  private static final UUID TENANT = UUID.fromString(HostTables.TENANT);

  @Test
  void reads_the_same_host_in_each_way() throws Exception {
    try (Stage stage = Stage.build(HostTables::build, ROWS);
        HostReads hosts = HostReads.open(stage.coordinates())) {
      assertThat(hosts.keys()).hasSize(ROWS / 10);
      assertThat(hosts.keys()).extracting(HostReads.Key::tenant).containsOnly(TENANT);
      HostReads.Key key = hosts.keys().get(0);

      Optional<Host> expected = hosts.jdbc(key);

      assertThat(expected).map(Host::id).contains(key.id());
      assertThat(hosts.repository(key)).isEqualTo(expected);
      assertThat(hosts.jooq(key)).isEqualTo(expected);
      assertThat(hosts.plainJooq(key)).isEqualTo(expected);
      assertThat(hosts.setLocal(key)).isEqualTo(expected);
      assertThat(hosts.setReset(key)).isEqualTo(expected);
      assertThat(hosts.activeRepository(key)).isEqualTo(expected);
      assertThat(hosts.sharedRepository(key)).isEqualTo(expected);
      assertThat(hosts.sharedJdbc(key)).isEqualTo(expected);
    }
  }

  @Test
  void of_many_tenants_the_first_is_read_most_and_each_reads_its_own() throws Exception {
    try (Stage stage = Stage.build(HostTables.skewed(50), ROWS);
        HostReads hosts = HostReads.open(stage.coordinates())) {
      assertThat(hosts.keys()).hasSize(ROWS);
      assertThat(hosts.keys()).extracting(HostReads.Key::tenant).contains(HostTables.tenant(30));
      assertThat(hosts.keys().stream().filter(key -> key.tenant().equals(TENANT)).count())
          .isBetween(ROWS / 6L, ROWS / 3L);
      for (HostReads.Key key : hosts.keys().subList(0, 50)) {
        assertThat(hosts.repository(key)).isPresent().isEqualTo(hosts.setReset(key));
      }
    }
  }

  @Test
  void every_method_finds_a_host() throws Exception {
    try (Stage stage = Stage.build(HostTables::build, ROWS)) {
      ReadBenchmark benchmark = new ReadBenchmark();
      benchmark.open(stage.coordinates());
      try {
        assertEveryMethodFindsAHost(benchmark);
      } finally {
        benchmark.close();
      }
    }
  }

  @Test
  void a_read_over_a_distance_takes_the_round_trip_and_finds_the_host() throws Exception {
    Duration roundTrip = Duration.ofMillis(5);
    try (Stage stage = Stage.build(HostTables.at(roundTrip), ROWS);
        HostReads hosts = HostReads.open(stage.coordinates())) {
      HostReads.Key key = hosts.keys().get(0);
      long start = System.nanoTime();
      assertThat(hosts.repository(key)).map(Host::id).contains(key.id());
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(roundTrip);
    }
  }

  private static void assertEveryMethodFindsAHost(ReadBenchmark benchmark) throws SQLException {
    assertThat(benchmark.tenantRepository()).isPresent();
    assertThat(benchmark.tenantJooq()).isPresent();
    assertThat(benchmark.tenantPlainJooq()).isPresent();
    assertThat(benchmark.tenantSetLocal()).isPresent();
    assertThat(benchmark.tenantSetReset()).isPresent();
    assertThat(benchmark.activeTenantRepository()).isPresent();
    assertThat(benchmark.tenantJdbc()).isPresent();
    assertThat(benchmark.repository()).isPresent();
    assertThat(benchmark.jdbc()).isPresent();
  }
}
