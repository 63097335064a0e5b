package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReadBenchmarkTest {

  private static final int ROWS = 1_000;

  @Test
  void reads_the_same_host_in_each_way() throws Exception {
    try (Stage stage = Stage.build(HostTables::build, ROWS);
        HostReads hosts = HostReads.open(stage.coordinates())) {
      assertThat(hosts.identifiers()).hasSize(ROWS / 10);
      UUID id = hosts.identifiers().get(0);

      Optional<Host> expected = hosts.jdbc(id);

      assertThat(expected).map(Host::id).contains(id);
      assertThat(hosts.repository(id)).isEqualTo(expected);
      assertThat(hosts.jooq(id)).isEqualTo(expected);
      assertThat(hosts.setLocal(id)).isEqualTo(expected);
      assertThat(hosts.setReset(id)).isEqualTo(expected);
      assertThat(hosts.activeRepository(id)).isEqualTo(expected);
      assertThat(hosts.sharedRepository(id)).isEqualTo(expected);
      assertThat(hosts.sharedJdbc(id)).isEqualTo(expected);
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
      UUID id = hosts.identifiers().get(0);
      long start = System.nanoTime();
      assertThat(hosts.repository(id)).map(Host::id).contains(id);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(roundTrip);
    }
  }

  private static void assertEveryMethodFindsAHost(ReadBenchmark benchmark) throws SQLException {
    assertThat(benchmark.tenantRepository()).isPresent();
    assertThat(benchmark.tenantJooq()).isPresent();
    assertThat(benchmark.tenantSetLocal()).isPresent();
    assertThat(benchmark.tenantSetReset()).isPresent();
    assertThat(benchmark.activeTenantRepository()).isPresent();
    assertThat(benchmark.tenantJdbc()).isPresent();
    assertThat(benchmark.repository()).isPresent();
    assertThat(benchmark.jdbc()).isPresent();
  }
}
