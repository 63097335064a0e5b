package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.IngestRace.Measure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What each way of loading measured, round by round; in each all take their turn, in the opposite
 * order of the round before.
 *
 * @param writerHeap by how many bytes the heap grew while a writer took all rows, in a run of its
 *     own
 */
record IngestRounds(Map<IngestArm, List<Map<Measure, Double>>> results, long writerHeap) {

  static final String LABEL = "timeseries-ingest";

  private static final double MEGABYTE = 1e6;

  static IngestRounds measure(IngestPlan plan) throws Exception {
    Map<IngestArm, List<Map<Measure, Double>>> results = new EnumMap<>(IngestArm.class);
    List<IngestArm> arms = new ArrayList<>(List.of(IngestArm.values()));
    try (IngestRace race = new IngestRace(plan.fleet())) {
      for (int round = 0; round <= plan.rounds(); round++) {
        for (IngestArm arm : arms) {
          Map<Measure, Double> figures = race.measure(arm);
          if (round > 0) {
            results.computeIfAbsent(arm, any -> new ArrayList<>()).add(figures);
          }
        }
        Collections.reverse(arms);
      }
      return new IngestRounds(results, race.writerHeap());
    }
  }

  /** Of one way, one for each round. */
  List<Double> figures(IngestArm arm, Measure measure) {
    return results.getOrDefault(arm, List.of()).stream()
        .map(figures -> figures.getOrDefault(measure, Double.NaN))
        .toList();
  }

  double median(IngestArm arm, Measure measure) {
    return Figure.median(figures(arm, measure));
  }

  /** The ratios, beside those of the other groups. */
  List<Report.Line> lines() {
    return Stream.concat(
            Stream.of(
                    rate(IngestArm.APPEND, IngestArm.PSQL).atLeast(0.6),
                    rate(IngestArm.APPEND_SHARED, IngestArm.PSQL).atLeast(0.8),
                    rate(IngestArm.APPEND_SHARED, IngestArm.COPY_MANAGER),
                    rate(IngestArm.APPEND_SHARED, IngestArm.PG_BULK_INSERT).atLeast(1),
                    rate(IngestArm.APPEND_SHARED, IngestArm.JDBC_BATCH),
                    rate(IngestArm.APPEND_SHARED, IngestArm.JDBC_REWRITTEN).atLeast(2),
                    rate(IngestArm.APPEND_SHARED, IngestArm.JOOQ_LOADER).atLeast(5),
                    rate(IngestArm.APPEND, IngestArm.PG_BULK_INSERT),
                    rate(IngestArm.APPEND, IngestArm.JDBC_REWRITTEN),
                    rate(IngestArm.APPEND, IngestArm.JOOQ_LOADER),
                    rate(IngestArm.APPEND, IngestArm.APPEND_TELLING).atMost(1.05),
                    rate(IngestArm.WRITER, IngestArm.APPEND),
                    rate(IngestArm.WRITER, IngestArm.PSQL))
                .map(comparison -> line(comparison, Measure.RATE, "/s")),
            Stream.of(IngestArm.values())
                .filter(arm -> arm != IngestArm.APPEND)
                .map(arm -> line(rate(IngestArm.APPEND, arm), Measure.CPU, "µs CPU")))
        .toList();
  }

  private static Comparison rate(IngestArm tenon, IngestArm beside) {
    return Comparison.of(tenon.label() + " | " + beside.label(), tenon.name(), beside.name());
  }

  private Report.Line line(Comparison comparison, Measure measure, String unit) {
    return Report.Line.of(
        LABEL,
        comparison,
        unit,
        figures(IngestArm.valueOf(comparison.tenon()), measure),
        figures(IngestArm.valueOf(comparison.bare()), measure));
  }

  /** Each way in a line: the median of the rounds, and the least and the greatest. */
  void print(PrintStream out) {
    out.printf("%n%-22s", LABEL);
    Stream.of(Measure.values()).forEach(measure -> out.printf("%32s", measure.label()));
    for (IngestArm arm : results.keySet()) {
      out.printf("%n%-22s", arm.label());
      for (Measure measure : Measure.values()) {
        List<Double> figures = figures(arm, measure);
        out.printf(
            "%32s",
            number(measure, Figure.median(figures))
                + " ("
                + number(measure, Collections.min(figures))
                + "–"
                + number(measure, Collections.max(figures))
                + ")");
      }
    }
    out.printf(
        Locale.ROOT,
        "%nwriter: the heap grew by at most %.1f MB while all rows went through%n",
        writerHeap / MEGABYTE);
  }

  private static String number(Measure measure, double value) {
    return String.format(Locale.ROOT, measure == Measure.RATE ? "%,.0f" : "%.2f", value);
  }
}
