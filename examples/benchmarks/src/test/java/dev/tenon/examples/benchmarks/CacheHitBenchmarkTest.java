package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CacheHitBenchmarkTest {

  private static final int KEYS = 3;

  @Test
  void every_way_finds_the_value_of_each_key_in_turn() throws Exception {
    try (Stage stage = Stage.build(CacheHitBenchmark::build, KEYS)) {
      CacheHitBenchmark benchmark = new CacheHitBenchmark();
      benchmark.open(stage.coordinates());
      try {
        assertThat(benchmark.entityCache().text()).isEqualTo("name 1");
        assertThat(benchmark.caffeine()).isNotNull();
        assertThat(benchmark.caffeinePair()).isNotNull();
        CacheHitBenchmark.Name again = benchmark.entityCache();
        benchmark.entityCache();
        benchmark.entityCache();
        assertThat(benchmark.caffeine()).isEqualTo(again);
        benchmark.entityCache();
        benchmark.entityCache();
        assertThat(benchmark.caffeinePair()).isEqualTo(again);
        benchmark.entityCache();
        benchmark.entityCache();
        assertThat(benchmark.jetCache()).isEqualTo(again);
        benchmark.entityCache();
        benchmark.entityCache();
        assertThat(benchmark.redisson()).isEqualTo(again);
      } finally {
        benchmark.close();
      }
    }
  }
}
