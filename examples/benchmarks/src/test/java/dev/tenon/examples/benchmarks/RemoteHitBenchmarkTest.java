package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.examples.benchmarks.CacheHitBenchmark.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RemoteHitBenchmarkTest {

  private static final int KEYS = 3;

  @Test
  void every_way_finds_the_same_values() throws Exception {
    try (Stage stage = Stage.build(CacheHitBenchmark::build, KEYS)) {
      RemoteHitBenchmark benchmark = new RemoteHitBenchmark();
      benchmark.open(stage.coordinates());
      try {
        Map<UUID, Name> all = benchmark.lettuceMany();
        assertThat(all).hasSize(KEYS);
        assertThat(benchmark.entityCacheMany()).isEqualTo(all);
        assertThat(benchmark.redissonMany()).isEqualTo(all);
        assertThat(benchmark.jetCacheMany()).isEqualTo(all);

        List<Name> names = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
          names.add(benchmark.lettuce());
        }
        assertThat(names).containsExactlyInAnyOrderElementsOf(all.values());
        for (Name name : names) {
          assertThat(benchmark.redissonBucket()).isEqualTo(name);
        }
        for (Name name : names) {
          assertThat(benchmark.redissonMap()).isEqualTo(name);
        }
        for (Name name : names) {
          assertThat(benchmark.jetCache()).isEqualTo(name);
        }
        for (Name name : names) {
          assertThat(benchmark.entityCache()).isEqualTo(name);
        }
      } finally {
        benchmark.close();
      }
    }
  }

  @Test
  void tenon_finds_its_values_in_redis_and_not_in_memory() throws Exception {
    try (Stage stage = Stage.build(CacheHitBenchmark::build, KEYS)) {
      RemoteHitBenchmark benchmark = new RemoteHitBenchmark();
      benchmark.open(stage.coordinates());
      try {
        for (int i = 0; i < 2 * KEYS; i++) {
          Thread.sleep(5);
          benchmark.entityCache();
        }
        Thread.sleep(5);
        benchmark.entityCacheMany();
        assertThat(benchmark.statistics().localHits()).isZero();
        assertThat(benchmark.statistics().remoteHits()).isEqualTo(3 * KEYS);
      } finally {
        benchmark.close();
      }
    }
  }
}
