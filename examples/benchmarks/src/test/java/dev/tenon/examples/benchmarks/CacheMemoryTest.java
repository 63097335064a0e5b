package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CacheMemoryTest {

  @Test
  void every_cache_holds_all_values_and_tells_a_number() {
    assertThat(CacheMemory.measure(1_000).bytes()).hasSize(4).doesNotContainValue(Double.NaN);
  }
}
