package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.IngestRace.Measure;
import dev.tenon.examples.benchmarks.QueryRace.Side;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * Charts of what was measured, as PNG.
 *
 * @param directory where they are written to; made if it is not there
 */
record Plots(Path directory) {

  private static final int WIDTH = 1_200;
  private static final int HEIGHT = 600;
  private static final int UPWARDS = 90;
  private static final double MICROS = 1e3;

  /** How fast each way of loading is, and what it takes of the processors on both sides. */
  void write(IngestRounds rounds) throws IOException {
    List<IngestArm> arms = List.copyOf(rounds.results().keySet());
    List<String> labels = arms.stream().map(IngestArm::label).toList();
    CategoryChart rate = chart("Rows a second, median", "rows/s");
    rate.getStyler().setLegendVisible(false);
    rate.addSeries(Measure.RATE.label(), labels, medians(rounds, arms, Measure.RATE));
    write(rate, "ingest-rate");
    CategoryChart processors = chart("CPU time of a row, median", "µs/row");
    processors.getStyler().setStacked(true);
    for (Measure measure : List.of(Measure.CLIENT, Measure.SERVER)) {
      processors.addSeries(measure.label(), labels, medians(rounds, arms, measure));
    }
    write(processors, "ingest-cpu");
  }

  private static List<Double> medians(IngestRounds rounds, List<IngestArm> arms, Measure measure) {
    return arms.stream().map(arm -> rounds.median(arm, measure)).toList();
  }

  /** How long half of the calls of each query take at most. */
  void write(QueryRounds rounds) throws IOException {
    List<CpuQuery> all = List.copyOf(rounds.latencies().keySet());
    write(latencies("From rows, p50", rounds, all, List.of(Side.JDBC, Side.ROWS)), "queries");
    List<CpuQuery> hourly = all.stream().filter(CpuQuery::isHourly).toList();
    write(
        latencies("From rows and from a rollup, p50", rounds, hourly, List.of(Side.values())),
        "queries-rollup");
  }

  private static CategoryChart latencies(
      String title, QueryRounds rounds, List<CpuQuery> queries, List<Side> sides) {
    CategoryChart chart = chart(title, "ms, logarithmic");
    List<String> labels = queries.stream().map(CpuQuery::label).toList();
    double least = Double.MAX_VALUE;
    for (Side side : sides) {
      List<Double> millis =
          queries.stream().map(query -> rounds.latency(query, side).p50() / MICROS).toList();
      chart.addSeries(side.label(), labels, millis);
      least = Math.min(least, Collections.min(millis));
    }
    chart.getStyler().setYAxisLogarithmic(true);
    // Bars would begin at zero, which a logarithmic axis has not.
    chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(least))));
    return chart;
  }

  /** What each library's recall costs, with the best that its users can configure. */
  void write(VectorRounds rounds) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Ten nearest, one thread, by the candidates of the index scan")
            .xAxisTitle("recall")
            .yAxisTitle("calls/s, logarithmic")
            .build();
    for (PassageArm arm : PassageArm.values()) {
      List<SearchTurn> curve = rounds.curve(arm);
      chart.addSeries(
          arm.label(),
          curve.stream().map(turn -> rounds.answers(turn).recall()).toList(),
          curve.stream().map(turn -> Figure.median(rounds.rates(turn))).toList());
    }
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.getStyler().setToolTipsEnabled(false);
    write(chart, rounds.label());
  }

  private static CategoryChart chart(String title, String unit) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .yAxisTitle(unit)
            .build();
    chart.getStyler().setXAxisLabelRotation(UPWARDS);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.getStyler().setToolTipsEnabled(false);
    return chart;
  }

  private void write(Chart<?, ?> chart, String name) throws IOException {
    Files.createDirectories(directory);
    BitmapEncoder.saveBitmap(chart, directory.resolve(name).toString(), BitmapFormat.PNG);
  }
}
