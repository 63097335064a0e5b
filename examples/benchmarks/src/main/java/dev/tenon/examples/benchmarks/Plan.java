package dev.tenon.examples.benchmarks;

import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How long to measure.
 *
 * @param rounds how often each benchmark is run, in a new JVM each time
 * @param warmUps iterations that do not count
 * @param iterations iterations that count
 * @param iteration the length of one
 */
record Plan(int rounds, int warmUps, int iterations, TimeValue iteration) {

  static Plan quick() {
    return new Plan(3, 3, 3, TimeValue.milliseconds(500));
  }

  static Plan full() {
    return new Plan(7, 5, 10, TimeValue.seconds(1));
  }
}
