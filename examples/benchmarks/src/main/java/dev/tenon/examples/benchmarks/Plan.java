package dev.tenon.examples.benchmarks;

import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How long to measure.
 *
 * @param rounds how often each benchmark is run in a JVM that it shares
 * @param forks how often it is run in a JVM of its own
 * @param warmUp how long it runs before it counts, for the first time in its JVM
 * @param settling the same for each further time: new connections, but code that is compiled
 * @param iterations iterations that count, in each round
 * @param iteration the length of one
 */
record Plan(
    int rounds,
    int forks,
    TimeValue warmUp,
    TimeValue settling,
    int iterations,
    TimeValue iteration) {

  private static final TimeValue HALF_A_SECOND = TimeValue.milliseconds(500);

  static Plan quick() {
    return new Plan(5, 2, TimeValue.seconds(3), HALF_A_SECOND, 2, HALF_A_SECOND);
  }

  static Plan full() {
    return new Plan(11, 7, TimeValue.seconds(20), TimeValue.seconds(1), 4, TimeValue.seconds(1));
  }
}
