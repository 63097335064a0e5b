package dev.tenon.examples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The ratios of all groups that ran, as a table and as JSON. Not safe for use by many threads. */
final class Report {

  private static final String FORMAT = "%-17s %-48s %14s %14s %7s %13s %8s %8s  %s%n";

  private final List<Line> lines = new ArrayList<>();

  /**
   * One comparison; figures and ratio are medians of the rounds.
   *
   * @param unit of the figures
   * @param tenonBytes what a call allocates, if that was counted
   * @param bareBytes the same for the other
   * @param tenonRoundTrips how many round trips a call takes, if that was counted
   * @param bareRoundTrips the same for the other
   * @param isMet whether the ratio keeps the target, if there is one
   */
  record Line(
      String group,
      String subject,
      double tenon,
      double bare,
      String unit,
      double ratio,
      double leastRatio,
      double greatestRatio,
      @Nullable Double tenonBytes,
      @Nullable Double bareBytes,
      @Nullable Integer tenonRoundTrips,
      @Nullable Integer bareRoundTrips,
      @Nullable String target,
      @Nullable Boolean isMet) {

    /** Figures of the same rounds, in their order. */
    static Line of(
        String group, Comparison comparison, String unit, List<Double> tenon, List<Double> bare) {
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round < tenon.size(); round++) {
        ratios.add(tenon.get(round) / bare.get(round));
      }
      double ratio = Figure.median(ratios);
      Optional<Comparison.Target> target = comparison.target();
      return new Line(
          group,
          comparison.subject(),
          Figure.median(tenon),
          Figure.median(bare),
          unit,
          ratio,
          Collections.min(ratios),
          Collections.max(ratios),
          null,
          null,
          null,
          null,
          target.map(Comparison.Target::toString).orElse(null),
          target.map(bound -> bound.isMetBy(ratio)).orElse(null));
    }
  }

  void add(Rounds rounds) {
    Group group = rounds.group();
    for (Comparison comparison : group.comparisons()) {
      List<Double> ratios = rounds.ratios(comparison);
      double ratio = Figure.median(ratios);
      Optional<Comparison.Target> target = comparison.target();
      lines.add(
          new Line(
              group.name(),
              comparison.subject(),
              Figure.median(rounds.figures(comparison.tenon())),
              Figure.median(rounds.figures(comparison.bare())),
              group.figure().unit(),
              ratio,
              Collections.min(ratios),
              Collections.max(ratios),
              group.countsBytes() ? rounds.allocated(comparison.tenon()) : null,
              group.countsBytes() ? rounds.allocated(comparison.bare()) : null,
              rounds.roundTrips().get(comparison.tenon()),
              rounds.roundTrips().get(comparison.bare()),
              target.map(Comparison.Target::toString).orElse(null),
              target.map(bound -> bound.isMetBy(ratio)).orElse(null)));
    }
  }

  void add(Line line) {
    lines.add(line);
  }

  List<Line> lines() {
    return List.copyOf(lines);
  }

  void print(PrintStream out) {
    out.printf(
        FORMAT,
        "group",
        "Tenon | beside",
        "Tenon",
        "beside",
        "ratio",
        "min–max",
        "trips",
        "target",
        "");
    for (Line line : lines) {
      out.printf(
          FORMAT,
          line.group(),
          line.subject(),
          figure(line.tenon(), line.unit()),
          figure(line.bare(), line.unit()),
          number("%.2f", line.ratio()),
          number("%.2f", line.leastRatio()) + "–" + number("%.2f", line.greatestRatio()),
          roundTrips(line),
          line.target() == null ? "" : line.target(),
          verdict(line));
    }
  }

  /** Machine-readable, beside JMH's own files. */
  void write(Path file) throws IOException {
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), lines);
  }

  private static String figure(double value, String unit) {
    return number(value < 1_000 ? "%.1f" : "%,.0f", value) + " " + unit;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String roundTrips(Line line) {
    return line.tenonRoundTrips() == null || line.bareRoundTrips() == null
        ? ""
        : line.tenonRoundTrips() + " | " + line.bareRoundTrips();
  }

  private static String verdict(Line line) {
    String ratio = line.isMet() == null ? "" : line.isMet() ? "kept" : "MISSED";
    if (line.tenonBytes() == null || line.bareBytes() == null) {
      return ratio;
    }
    String bytes = number("%.1f", line.tenonBytes()) + number(" | %.1f B a call", line.bareBytes());
    return ratio.isEmpty() ? bytes : ratio + ", " + bytes;
  }
}
