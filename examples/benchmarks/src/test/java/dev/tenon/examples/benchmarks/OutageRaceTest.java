package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.examples.benchmarks.OutageRace.Latency;
import dev.tenon.examples.benchmarks.OutageRace.Phase;
import dev.tenon.examples.benchmarks.StaleRace.Failure;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutageRaceTest {

  private static final Duration SOON = Duration.ofMillis(300);
  private static final OutagePlan PLAN =
      new OutagePlan(100, 16, 20, 10, Duration.ofMillis(1), SOON, SOON, SOON);

  @Test
  void every_read_is_answered_and_counted_in_the_phase_in_which_it_was_due()
      throws InterruptedException {
    try (TestRedis redis = TestRedis.create()) {
      for (CacheLibrary library : List.of(CacheLibrary.TENON_HARD, CacheLibrary.JETCACHE_REMOVE)) {
        Map<Phase, Latency> latencies = OutageRace.run(redis, library, Failure.SILENT, PLAN);
        assertThat(latencies).containsOnlyKeys(Phase.values());
        assertThat(latencies.values())
            .allSatisfy(
                latency -> {
                  assertThat(latency.reads()).isEqualTo(30);
                  assertThat(latency.errors()).isZero();
                  assertThat(latency.most()).isGreaterThanOrEqualTo(latency.p99());
                });
      }
    }
  }
}
