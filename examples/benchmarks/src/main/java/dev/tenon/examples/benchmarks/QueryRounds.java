package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.QueryRace.Side;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * How long each query took on each side. In a round all queries are asked on all sides, in the
 * opposite order of the round before, and at its end some of them after ten buckets have changed.
 */
record QueryRounds(Map<CpuQuery, Map<Side, Latency>> latencies) {

  static final String LABEL = "timeseries-queries";

  private static final int LEAST_CALLS = 3;
  private static final int DIGITS = 3;
  private static final double NANOS_A_MICRO = 1e3;

  /**
   * Of all calls of all rounds, in microseconds.
   *
   * @param medians one for each round
   */
  record Latency(double p50, double p95, double p99, long calls, List<Double> medians) {

    static Latency of(List<Histogram> rounds) {
      Histogram all = new Histogram(DIGITS);
      rounds.forEach(all::add);
      return new Latency(
          micros(all, 50),
          micros(all, 95),
          micros(all, 99),
          all.getTotalCount(),
          rounds.stream().map(round -> micros(round, 50)).toList());
    }

    private static double micros(Histogram histogram, double percentile) {
      return histogram.getValueAtPercentile(percentile) / NANOS_A_MICRO;
    }
  }

  static QueryRounds measure(QueryPlan plan) throws Exception {
    Map<CpuQuery, Map<Side, List<Histogram>>> calls = new EnumMap<>(CpuQuery.class);
    List<Side> calm = new ArrayList<>(List.of(Side.values()));
    calm.remove(Side.STRICT_CHANGED);
    try (QueryRace race = new QueryRace(plan.fleet())) {
      for (int round = 0; round <= plan.rounds(); round++) {
        Map<CpuQuery, Map<Side, List<Histogram>>> kept =
            round > 0 ? calls : new EnumMap<>(CpuQuery.class);
        ask(race, plan, List.of(CpuQuery.values()), calm, kept);
        race.change();
        ask(race, plan, QueryRace.hourly().toList(), List.of(Side.STRICT_CHANGED), kept);
        race.refresh();
        Collections.reverse(calm);
      }
    }
    Map<CpuQuery, Map<Side, Latency>> latencies = new EnumMap<>(CpuQuery.class);
    calls.forEach(
        (query, sides) -> {
          Map<Side, Latency> ofQuery = new EnumMap<>(Side.class);
          sides.forEach((side, rounds) -> ofQuery.put(side, Latency.of(rounds)));
          latencies.put(query, ofQuery);
        });
    return new QueryRounds(latencies);
  }

  private static void ask(
      QueryRace race,
      QueryPlan plan,
      List<CpuQuery> queries,
      List<Side> sides,
      Map<CpuQuery, Map<Side, List<Histogram>>> calls)
      throws SQLException {
    for (CpuQuery query : queries) {
      for (Side side : sides) {
        if (side.canAsk(query)) {
          calls
              .computeIfAbsent(query, any -> new EnumMap<>(Side.class))
              .computeIfAbsent(side, any -> new ArrayList<>())
              .add(ask(race, plan, query, side));
        }
      }
    }
  }

  /** The same values on every side. */
  private static Histogram ask(QueryRace race, QueryPlan plan, CpuQuery query, Side side)
      throws SQLException {
    Histogram calls = new Histogram(DIGITS);
    Random random = new Random(query.label().hashCode());
    long end = System.nanoTime() + plan.turn().toNanos();
    while (calls.getTotalCount() < LEAST_CALLS || System.nanoTime() < end) {
      CpuQuery.Question question = race.question(query, side, random);
      long start = System.nanoTime();
      List<? extends Record> answer = race.ask(question, side);
      calls.recordValue(System.nanoTime() - start);
      if (answer.isEmpty() && question.shape() != CpuQuery.Shape.HIGH) {
        throw new IllegalStateException(side + " knows no answer to " + question);
      }
    }
    return calls;
  }

  /** The ratios of medians, beside those of the other groups; above 1 the rollup is faster. */
  List<Report.Line> lines() {
    Stream<Report.Line> besideJdbc =
        latencies.keySet().stream().map(query -> line(query, Side.ROWS, Side.JDBC));
    Stream<Report.Line> besideRollup =
        QueryRace.hourly()
            .flatMap(
                query ->
                    Stream.of(Side.STRICT, Side.STRICT_CHANGED, Side.ROLLUP_ONLY)
                        .map(side -> line(query, Side.ROWS, side)));
    return Stream.concat(besideJdbc, besideRollup).toList();
  }

  private Report.Line line(CpuQuery query, Side rows, Side beside) {
    Comparison comparison =
        Comparison.of(
            query.label() + ": " + rows.label() + " | " + beside.label(),
            rows.name(),
            beside.name());
    boolean isPromise = query == CpuQuery.MONTH_BY_HOUR && beside == Side.STRICT;
    return Report.Line.of(
        LABEL,
        isPromise ? comparison.atLeast(50) : comparison,
        "µs",
        latency(query, rows).medians(),
        latency(query, beside).medians());
  }

  Latency latency(CpuQuery query, Side side) {
    Latency latency = latencies.getOrDefault(query, Map.of()).get(side);
    if (latency == null) {
      throw new IllegalArgumentException(side + " was not asked for " + query);
    }
    return latency;
  }

  /** Each query in a line: milliseconds that 50, 95 and 99 of 100 calls stayed below. */
  void print(PrintStream out) {
    out.printf("%n%-24s", LABEL);
    Arrays.stream(Side.values()).forEach(side -> out.printf("%26s", side.label() + ", ms"));
    latencies.forEach(
        (query, sides) -> {
          out.printf("%n%-24s", query.label());
          for (Side side : Side.values()) {
            Latency latency = sides.get(side);
            out.printf("%26s", latency == null ? "" : percentiles(latency));
          }
        });
    out.println();
  }

  private static String percentiles(Latency latency) {
    return String.format(
        Locale.ROOT,
        "%.2f %.2f %.2f",
        latency.p50() / NANOS_A_MICRO,
        latency.p95() / NANOS_A_MICRO,
        latency.p99() / NANOS_A_MICRO);
  }
}
