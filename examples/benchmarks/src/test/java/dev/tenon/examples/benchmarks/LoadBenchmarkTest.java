package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadBenchmarkTest {

  private static final int ROWS = 1_100;

  @Test
  void every_way_stores_the_same_batch() throws Exception {
    try (Stage stage = Stage.build(DocumentTable::buildWithoutIndex, ROWS)) {
      LoadBenchmark benchmark = new LoadBenchmark();
      benchmark.open(stage.coordinates());
      try {
        List<Object> expected = benchmark.stored();
        assertThat(expected).startsWith((long) ROWS);
        benchmark.empty();
        assertThat(benchmark.repository()).isEqualTo(ROWS);
        assertThat(benchmark.stored()).isEqualTo(expected);
        benchmark.empty();
        assertThat(benchmark.psqlCopy()).isEqualTo("COPY " + ROWS);
        assertThat(benchmark.stored()).isEqualTo(expected);
        benchmark.empty();
        assertThat(benchmark.unnest()).isEqualTo(ROWS);
        assertThat(benchmark.stored()).isEqualTo(expected);
      } finally {
        benchmark.close();
      }
    }
  }
}
