package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.SearchTurn.Reading;
import dev.tenon.examples.benchmarks.VectorRace.Answers;
import java.io.PrintStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** How the {@link VectorRounds} read: as tables, and as ratios beside those of the groups. */
record VectorReport(VectorRounds rounds) {

  /** Graphs that were built alike differ by so much in what they find. */
  private static final double NOISE = 0.05;

  private static final double MILLION = 1e6;
  private static final double THOUSAND = 1e3;

  /** The ratios of rates; above 1 Tenon is faster. */
  List<Report.Line> lines() {
    Stream<Report.Line> loads =
        Stream.of(
            load(PassageLoad.COPY, 0.8),
            load(PassageLoad.JDBC, 1),
            load(PassageLoad.SPRING, 1.7),
            load(PassageLoad.LANGCHAIN, 1.7));
    Stream<Report.Line> searches =
        rounds.readings().keySet().stream()
            .filter(turn -> turn.arm() == PassageArm.JDBC)
            .flatMap(
                turn ->
                    Stream.of(
                        line(turn, PassageArm.TENON, PassageArm.JDBC, 0.9),
                        line(turn, PassageArm.TENON, PassageArm.SPRING, 1),
                        line(turn, PassageArm.TENON_EMBEDDINGS, PassageArm.LANGCHAIN, 1)));
    return Stream.concat(loads, searches).toList();
  }

  private Report.Line load(PassageLoad beside, double least) {
    return Report.Line.of(
        rounds.label(),
        Comparison.of(
                "load: " + PassageLoad.TENON.label() + " | " + beside.label(),
                PassageLoad.TENON.name(),
                beside.name())
            .atLeast(least),
        "/s",
        rounds.loads().getOrDefault(PassageLoad.TENON, List.of()),
        rounds.loads().getOrDefault(beside, List.of()));
  }

  /** With a target where both find as much: a fast answer that lacks rows is no win. */
  private Report.Line line(SearchTurn turn, PassageArm tenon, PassageArm beside, double least) {
    Comparison comparison =
        Comparison.of(name(turn) + " | " + beside.label(), tenon.name(), beside.name());
    return Report.Line.of(
        rounds.label(),
        findsAsMuch(turn.of(beside), turn.of(tenon)) ? comparison.atLeast(least) : comparison,
        "/s",
        rounds.rates(turn.of(tenon)),
        rounds.rates(turn.of(beside)));
  }

  private boolean findsAsMuch(SearchTurn beside, SearchTurn tenon) {
    Answers theirs = rounds.answers(beside);
    Answers ours = rounds.answers(tenon);
    return theirs.fill() >= ours.fill() && theirs.recall() >= ours.recall() - NOISE;
  }

  private static String name(SearchTurn turn) {
    String efSearch = turn.isAsShipped() ? "" : "ef " + turn.wanted().efSearch().getAsInt() + ", ";
    String threads = turn.threads() == 1 ? "" : ", " + turn.threads() + " threads";
    return efSearch
        + "top "
        + turn.wanted().top()
        + " of "
        + turn.wanted().share().name().toLowerCase(Locale.ROOT)
        + threads;
  }

  void print(PrintStream out) {
    out.printf(Locale.ROOT, "%n%-28s%12s%22s%12s%n", rounds.label(), "rows/s", "", "table, MB");
    rounds
        .loads()
        .forEach((way, rates) -> out.printf(Locale.ROOT, "%-28s%s%n", way.label(), spread(rates)));
    rounds
        .bytes()
        .forEach(
            (arm, bytes) -> out.printf(Locale.ROOT, "%-28s%46.0f%n", arm.label(), bytes / MILLION));
    out.printf("%nef_search %d is the least with a recall of 0.95%n", rounds.binding());
    out.printf(
        "%-36s%-28s%8s%8s%34s%10s%10s%10s%n",
        "", "", "recall", "fill", "calls/s", "p50, ms", "p99, ms", "kB/call");
    rounds.readings().keySet().forEach(turn -> print(turn, out));
  }

  private void print(SearchTurn turn, PrintStream out) {
    Answers answers = rounds.answers(turn);
    out.printf(
        Locale.ROOT,
        "%-36s%-28s%8.3f%8.3f%s%10.2f%10.2f%10.1f%n",
        (turn.isAsShipped() ? "as shipped: " : "") + name(turn),
        turn.arm().label(),
        answers.recall(),
        answers.fill(),
        spread(rounds.rates(turn)),
        median(turn, Reading::p50) / THOUSAND,
        median(turn, Reading::p99) / THOUSAND,
        median(turn, Reading::bytes) / THOUSAND);
  }

  /** All figures, each with what it is of. */
  Figures figures() {
    return new Figures(
        rounds.binding(),
        rounds.loads(),
        rounds.bytes(),
        rounds.readings().entrySet().stream()
            .map(
                measured ->
                    new Search(
                        name(measured.getKey()),
                        measured.getKey().isAsShipped(),
                        measured.getKey().arm(),
                        rounds.answers(measured.getKey()),
                        measured.getValue()))
            .toList());
  }

  record Figures(
      int binding,
      Map<PassageLoad, List<Double>> loads,
      Map<PassageArm, Long> bytes,
      List<Search> searches) {}

  record Search(
      String name, boolean asShipped, PassageArm arm, Answers answers, List<Reading> rounds) {}

  private double median(SearchTurn turn, ToDoubleFunction<Reading> figure) {
    return Figure.median(rounds.readings(turn).stream().map(figure::applyAsDouble).toList());
  }

  private static String spread(List<Double> rates) {
    return String.format(
        Locale.ROOT,
        "%12.0f (%8.0f–%9.0f)",
        Figure.median(rates),
        Collections.min(rates),
        Collections.max(rates));
  }
}
