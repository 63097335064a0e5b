package dev.tenon.examples.benchmarks;

import java.time.Duration;

/**
 * How much is asked about, and for how long.
 *
 * @param rounds how often each query is measured, after one round that does not count
 * @param hosts that measure
 * @param step between two rows of a host
 * @param days that they have measured for
 * @param turn for how long a query is asked in a round; three times at least
 */
record QueryPlan(int rounds, int hosts, Duration step, int days, Duration turn) {

  static QueryPlan quick() {
    return new QueryPlan(5, 20, Duration.ofSeconds(10), 30, Duration.ofMillis(500));
  }

  static QueryPlan full() {
    return new QueryPlan(5, 100, Duration.ofSeconds(10), 30, Duration.ofSeconds(2));
  }

  CpuFleet fleet() {
    return new CpuFleet(hosts, step, Duration.ofDays(days).dividedBy(step) * hosts);
  }
}
