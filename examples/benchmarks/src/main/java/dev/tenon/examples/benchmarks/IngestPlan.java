package dev.tenon.examples.benchmarks;

import java.time.Duration;

/**
 * How much is loaded, and how often.
 *
 * @param rounds how often each way is measured, after one round that does not count
 * @param hosts that measure
 * @param rows of all hosts together, in steps of 10 s
 */
record IngestPlan(int rounds, int hosts, long rows) {

  private static final Duration STEP = Duration.ofSeconds(10);

  static IngestPlan quick() {
    return new IngestPlan(5, 200, 1_000_000);
  }

  static IngestPlan full() {
    return new IngestPlan(3, 200, 10_000_000);
  }

  CpuFleet fleet() {
    return new CpuFleet(hosts, STEP, rows);
  }
}
