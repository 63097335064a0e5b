package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AppendBenchmarkTest {

  private static final int ROWS = 500;

  @Test
  void every_way_stores_the_same_batch() throws Exception {
    try (Stage stage = Stage.build(SampleTable::build, ROWS)) {
      AppendBenchmark benchmark = new AppendBenchmark();
      benchmark.open(stage.coordinates());
      try {
        benchmark.empty();
        assertThat(benchmark.stored()).isEmpty();
        assertThat(benchmark.repository()).isEqualTo(ROWS);
        assertStored(benchmark);
        benchmark.empty();
        assertThat(benchmark.psqlCopy()).isEqualTo("COPY " + ROWS);
        assertStored(benchmark);
        benchmark.empty();
        assertThat(benchmark.copyManager()).isEqualTo(ROWS);
        assertStored(benchmark);
      } finally {
        benchmark.close();
      }
    }
  }

  private static void assertStored(AppendBenchmark benchmark) {
    assertThat(benchmark.stored()).containsExactlyInAnyOrderElementsOf(Sample.of(ROWS));
  }
}
