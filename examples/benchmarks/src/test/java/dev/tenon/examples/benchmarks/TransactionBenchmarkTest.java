package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TransactionBenchmarkTest {

  private static final int ROWS = 1_000;

  @Test
  void every_transaction_reads_the_same_hosts() throws Exception {
    try (Stage stage = Stage.build(HostTables::build, ROWS);
        HostReads hosts = HostReads.open(stage.coordinates())) {
      List<HostReads.Key> keys = hosts.keys().subList(0, 10);

      List<Host> expected = hosts.jdbcTransaction(keys);

      assertThat(expected)
          .extracting(Host::id)
          .containsExactlyElementsOf(keys.stream().map(HostReads.Key::id).toList());
      assertThat(hosts.repositoryTransaction(keys)).isEqualTo(expected);
      assertThat(hosts.setLocalTransaction(keys)).isEqualTo(expected);
      assertThat(hosts.setResetTransaction(keys)).isEqualTo(expected);
    }
  }

  @Test
  void every_method_reads_as_many_hosts_as_it_says_whenever_it_is_called() throws Exception {
    try (Stage stage = Stage.build(HostTables::build, ROWS)) {
      TransactionBenchmark benchmark = new TransactionBenchmark();
      benchmark.open(stage.coordinates());
      try {
        for (int i = 0; i < ROWS / 10; i++) {
          assertThat(benchmark.repositoryOne()).hasSize(1);
          assertThat(benchmark.repositoryThree()).hasSize(3);
          assertThat(benchmark.repositoryTen()).hasSize(10);
        }
        assertThat(benchmark.jdbcOne()).hasSize(1);
        assertThat(benchmark.jdbcThree()).hasSize(3);
        assertThat(benchmark.jdbcTen()).hasSize(10);
        assertThat(benchmark.setLocalOne()).hasSize(1);
        assertThat(benchmark.setLocalThree()).hasSize(3);
        assertThat(benchmark.setLocalTen()).hasSize(10);
        assertThat(benchmark.setResetOne()).hasSize(1);
        assertThat(benchmark.setResetThree()).hasSize(3);
        assertThat(benchmark.setResetTen()).hasSize(10);
      } finally {
        benchmark.close();
      }
    }
  }
}
