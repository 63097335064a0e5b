package dev.tenon.examples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tenon.examples.benchmarks.OutboxRace.Side;
import dev.tenon.examples.benchmarks.OutboxScenario.Measure;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What each system measured in a scenario, round by round; in each all take their turn, in the
 * opposite order of the round before.
 */
record OutboxRounds(OutboxScenario scenario, Map<Side, List<Map<Measure, Double>>> results) {

  private static final double MOST_MILLIS = 3;
  private static final double LEAST_DRAINED = 100_000;

  /** Measures scenarios, prints a table for each, and adds the ratios to the report. */
  static void run(
      List<OutboxScenario> scenarios,
      OutboxPlan plan,
      Report report,
      Path directory,
      PrintStream out)
      throws Exception {
    for (OutboxScenario scenario : scenarios) {
      long start = System.nanoTime();
      out.print(scenario.label() + " …");
      OutboxRounds rounds = measure(scenario, plan);
      out.printf(Locale.ROOT, " %.0f s%n", (System.nanoTime() - start) / 1e9);
      rounds.print(out);
      rounds.lines().forEach(report::add);
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(directory.resolve(scenario.label() + ".json").toFile(), rounds.results());
    }
    report.write(directory.resolve("ratios.json"));
  }

  static OutboxRounds measure(OutboxScenario scenario, OutboxPlan plan) throws Exception {
    Map<Side, List<Map<Measure, Double>>> results = new EnumMap<>(Side.class);
    List<Side> sides = new ArrayList<>(scenario.sides());
    try (OutboxRace race = new OutboxRace()) {
      for (int round = 0; round <= scenario.rounds(plan); round++) {
        for (Side side : sides) {
          Map<Measure, Double> figures = scenario.run(race, side, plan.warmUp(round == 0));
          if (round > 0) {
            results.computeIfAbsent(side, any -> new ArrayList<>()).add(figures);
          }
        }
        Collections.reverse(sides);
      }
    }
    return new OutboxRounds(scenario, results);
  }

  /** Of one system, one for each round. */
  List<Double> figures(Side side, Measure measure) {
    return results.getOrDefault(side, List.of()).stream()
        .map(figures -> figures.getOrDefault(measure, Double.NaN))
        .toList();
  }

  /** The ratios, beside those of the other groups. */
  List<Report.Line> lines() {
    return switch (scenario) {
      case THROUGHPUT ->
          List.of(
              line(
                  "delivered: batches | bare relay", Side.BATCH, Side.BARE, Measure.DELIVERED, 0.9),
              line(
                  "delivered: batches | gruelbox", Side.BATCH, Side.GRUELBOX, Measure.DELIVERED, 1),
              line(
                  "delivered: batches | db-scheduler",
                  Side.BATCH,
                  Side.DB_SCHEDULER,
                  Measure.DELIVERED,
                  1),
              line(
                  "delivered: one by one | gruelbox",
                  Side.SINGLE,
                  Side.GRUELBOX,
                  Measure.DELIVERED),
              line("published: batches | bare relay", Side.BATCH, Side.BARE, Measure.PUBLISHED),
              line("backlog: batches | bare relay", Side.BATCH, Side.BARE, Measure.DRAINED),
              line("backlog: batches | gruelbox", Side.BATCH, Side.GRUELBOX, Measure.DRAINED, 1),
              line(
                  "backlog: batches | db-scheduler",
                  Side.BATCH,
                  Side.DB_SCHEDULER,
                  Measure.DRAINED,
                  1),
              line("backlog: one by one | gruelbox", Side.SINGLE, Side.GRUELBOX, Measure.DRAINED));
      case FAILURES ->
          List.of(
              line(
                  "1 in 10 fails: batches | gruelbox",
                  Side.BATCH,
                  Side.GRUELBOX,
                  Measure.DELIVERED),
              line(
                  "1 in 10 fails: one by one | gruelbox",
                  Side.SINGLE,
                  Side.GRUELBOX,
                  Measure.DELIVERED));
      case SLOW ->
          List.of(
              line(
                  "slow handler: batches | gruelbox", Side.BATCH, Side.GRUELBOX, Measure.DELIVERED),
              line(
                  "slow handler: one by one | gruelbox",
                  Side.SINGLE,
                  Side.GRUELBOX,
                  Measure.DELIVERED));
      case SNAPSHOT ->
          List.of(
              line("held snapshot: batches | bare relay", Side.BATCH, Side.BARE, Measure.LATE),
              line("held snapshot: batches | gruelbox", Side.BATCH, Side.GRUELBOX, Measure.LATE));
    };
  }

  private Report.Line line(
      String subject, Side tenon, Side beside, Measure measure, double... least) {
    Comparison comparison = Comparison.of(subject, tenon.name(), beside.name());
    return Report.Line.of(
        scenario.label(),
        least.length == 0 ? comparison : comparison.atLeast(least[0]),
        "/s",
        figures(tenon, measure),
        figures(beside, measure));
  }

  /** Each system in a line, with what was lost for its speed. */
  void print(PrintStream out) {
    List<Measure> measures =
        Arrays.stream(Measure.values())
            .filter(
                measure ->
                    results.values().stream().anyMatch(all -> all.get(0).containsKey(measure)))
            .toList();
    out.printf("%n%-20s", scenario.label());
    measures.forEach(measure -> out.printf("%17s", measure.label()));
    results.keySet().forEach(side -> printLine(out, side, measures));
    out.println();
    if (scenario == OutboxScenario.THROUGHPUT) {
      double drained = Figure.median(figures(Side.BATCH, Measure.DRAINED));
      double latency = Figure.median(figures(Side.BATCH, Measure.LATENCY));
      out.printf(
          Locale.ROOT,
          "batches: backlog ≥ %,.0f/s %s, mean latency ≤ %.0f ms %s%n",
          LEAST_DRAINED,
          drained >= LEAST_DRAINED ? "kept" : "MISSED",
          MOST_MILLIS,
          latency <= MOST_MILLIS ? "kept" : "MISSED");
    }
  }

  /** Rates and times are medians of the rounds, what went wrong their sum. */
  private void printLine(PrintStream out, Side side, List<Measure> measures) {
    out.printf("%n%-20s", side.label());
    for (Measure measure : measures) {
      List<Double> figures = figures(side, measure);
      boolean isCount = measure == Measure.REPEATED || measure == Measure.INVERTED;
      double figure =
          isCount
              ? figures.stream().mapToDouble(Double::doubleValue).sum()
              : Figure.median(figures);
      out.printf(Locale.ROOT, measure == Measure.LATENCY ? "%,17.1f" : "%,17.0f", figure);
    }
  }
}
