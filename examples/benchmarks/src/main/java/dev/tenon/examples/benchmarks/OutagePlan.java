package dev.tenon.examples.benchmarks;

import java.time.Duration;

/**
 * How often is read, and for how long Redis is away.
 *
 * @param rate reads a second
 * @param threads that read; a read waits for one
 * @param keys that are read, all alike
 * @param entries of them that fit into memory
 * @param load how long the loader takes
 * @param calm before the cut
 * @param cut how long Redis is away
 * @param after the cut
 */
record OutagePlan(
    int rate,
    int threads,
    int keys,
    int entries,
    Duration load,
    Duration calm,
    Duration cut,
    Duration after) {

  static OutagePlan quick() {
    return plan(Duration.ofSeconds(5));
  }

  static OutagePlan full() {
    return plan(Duration.ofSeconds(30));
  }

  private static OutagePlan plan(Duration cut) {
    return new OutagePlan(
        500, 64, 2_000, 1_000, Duration.ofMillis(1), Duration.ofSeconds(3), cut, cut);
  }
}
