package dev.tenon.examples.benchmarks;

import java.util.List;
import java.util.Optional;
import org.openjdk.jmh.results.RunResult;

/** The number that stands for one round of a benchmark. */
enum Figure {

  /** The time that half of the calls stayed below. */
  MEDIAN_TIME("µs"),
  /** The time that 99 of 100 calls stayed below. */
  TAIL_TIME("µs"),
  /** The average time of a call in the median iteration. */
  AVERAGE_TIME("ns"),
  /** The bytes that a call allocates. */
  ALLOCATION("B"),
  /** The rate of the median iteration. */
  RATE("/s");

  private final String unit;

  Figure(String unit) {
    this.unit = unit;
  }

  String unit() {
    return unit;
  }

  double of(RunResult round) {
    return switch (this) {
      case MEDIAN_TIME -> round.getPrimaryResult().getStatistics().getPercentile(50);
      case TAIL_TIME -> round.getPrimaryResult().getStatistics().getPercentile(99);
      case AVERAGE_TIME, RATE -> medianIteration(round);
      case ALLOCATION -> allocated(round).orElseThrow();
    };
  }

  /** The bytes that a call allocates, if they were counted. */
  static Optional<Double> allocated(RunResult round) {
    return Optional.ofNullable(round.getSecondaryResults().get("gc.alloc.rate.norm"))
        .map(result -> result.getScore());
  }

  private static double medianIteration(RunResult round) {
    return median(
        round.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .map(iteration -> iteration.getPrimaryResult().getScore())
            .toList());
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
