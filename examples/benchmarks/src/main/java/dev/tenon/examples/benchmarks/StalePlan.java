package dev.tenon.examples.benchmarks;

import java.time.Duration;

/**
 * How much is changed while it is read, and for how long a process is cut off.
 *
 * @param rounds how often each library runs the race
 * @param keys that become hot, one after the other
 * @param writes of each while it is
 * @param settle how long messages may still arrive before old values are counted
 * @param cutKeys that change during a cut
 * @param closed how long a network refuses connections
 * @param silent how long a network carries nothing
 * @param late how long after a cut old values are counted for the last time
 */
record StalePlan(
    int rounds,
    int keys,
    int writes,
    Duration settle,
    int cutKeys,
    Duration closed,
    Duration silent,
    Duration late) {

  static StalePlan quick() {
    return plan(3, 3_000);
  }

  static StalePlan full() {
    return plan(7, 10_000);
  }

  private static StalePlan plan(int rounds, int keys) {
    return new StalePlan(
        rounds,
        keys,
        7,
        Duration.ofSeconds(3),
        200,
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5));
  }
}
