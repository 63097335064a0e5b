package dev.tenon.examples.benchmarks;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Hosts that measure at the same instants; what they measure walks at random between 0 and 100, as
 * in TSBS, and is always the same.
 *
 * <p>Numbers are multiples of 1/128, so that their sums are exact in any order. They are made
 * beforehand, for a million rows, and repeat after those; records are made as they are asked for.
 */
final class CpuFleet {

  static final Instant START = Instant.parse("2026-01-05T00:00:00Z");

  private static final int METRICS = 10;
  private static final int MOST_WALKED = 1_000_000;
  private static final double GRAIN = 128;
  private static final double HIGHEST = 100;

  private final List<String> hosts;
  private final Duration step;
  private final long rows;
  private final double[] walked;

  CpuFleet(int hosts, Duration step, long rows) {
    this.hosts = IntStream.range(0, hosts).mapToObj(host -> "host_" + host).toList();
    this.step = step;
    this.rows = rows;
    int instants = (int) ((Math.min(rows, MOST_WALKED) + hosts - 1) / hosts);
    this.walked = walk(hosts * METRICS, instants);
  }

  private static double[] walk(int metrics, int instants) {
    Random random = new Random(4);
    double[] values = new double[metrics * instants];
    for (int i = 0; i < values.length; i++) {
      double before = i < metrics ? random.nextDouble() * HIGHEST : values[i - metrics];
      double after = before + random.nextGaussian();
      values[i] = Math.rint(Math.min(HIGHEST, Math.max(0, after)) * GRAIN) / GRAIN;
    }
    return values;
  }

  List<String> hosts() {
    return hosts;
  }

  long rows() {
    return rows;
  }

  /** The first instant after the last. */
  Instant end() {
    return START.plus(step.multipliedBy((rows + hosts.size() - 1) / hosts.size()));
  }

  /** By time and then by host. */
  Stream<CpuUsage> stream() {
    return LongStream.range(0, rows).mapToObj(this::usage);
  }

  private CpuUsage usage(long row) {
    int at = at(row);
    return new CpuUsage(
        START.plusSeconds(row / hosts.size() * step.toSeconds()),
        hosts.get((int) (row % hosts.size())),
        walked[at],
        walked[at + 1],
        walked[at + 2],
        walked[at + 3],
        walked[at + 4],
        walked[at + 5],
        walked[at + 6],
        walked[at + 7],
        walked[at + 8],
        walked[at + 9]);
  }

  private int at(long row) {
    return (int) (row % (walked.length / METRICS)) * METRICS;
  }

  /** Of all metrics of all rows. */
  double sum() {
    return LongStream.range(0, rows)
        .mapToDouble(row -> IntStream.range(0, METRICS).mapToDouble(i -> walked[at(row) + i]).sum())
        .sum();
  }
}
