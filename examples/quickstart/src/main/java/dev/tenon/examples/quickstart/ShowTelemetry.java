package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.HOST_ID;
import static dev.tenon.examples.quickstart.Schema.SAMPLES;

import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.TimeRange;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Draws the telemetry of a fleet by minutes, and checks it against what was in the file. */
final class ShowTelemetry {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final double ROUNDING = 1e-9;
  private static final List<String> CHARTS =
      List.of("cpu_user", "cpu_iowait", "context_switches", "disk_write", "memory_available");

  private final Report report;
  private final TenantSession session;
  private final Fleet fleet;
  private final List<Reading> readings;

  /** What the database says of one metric in one minute. */
  record Minute(
      Instant start, String metric, double average, double least, double most, long samples) {}

  private record Key(Instant start, String metric) {}

  /** Takes the readings that the fleet loaded. */
  ShowTelemetry(Report report, TenantSession session, Fleet fleet, List<Reading> readings) {
    this.report = report;
    this.session = session;
    this.fleet = fleet;
    this.readings = readings;
  }

  void run() {
    List<Minute> minutes =
        report.step(fleet.name() + ": aggregate by minute", List::size, this::minutes);
    check(minutes);
    report.line("%-17s %-34s %8s %8s %8s", "By the minute", "", "least", "average", "most");
    for (String metric : CHARTS) {
      chart(metric, minutes.stream().filter(minute -> minute.metric().equals(metric)).toList());
    }
    List<Sample> last =
        report.step(fleet.name() + ": last values", List::size, () -> SAMPLES.last(session));
    checkLast(last);
    report.line(
        "Last values, %s: %s",
        last.stream()
            .map(Sample::time)
            .max(Comparator.naturalOrder())
            .map(Instant::toString)
            .orElse("none"),
        last.stream()
            .filter(sample -> CHARTS.contains(sample.metric()))
            .map(sample -> sample.metric() + " " + Quantity.of(sample.value()))
            .collect(Collectors.joining(", ")));
    report.blank();
  }

  private List<Minute> minutes() {
    TimeRange all =
        TimeRange.of(
            readings.get(0).time(), readings.get(readings.size() - 1).time().plusMillis(1));
    return SAMPLES
        .buckets(session, all, MINUTE)
        .by(SAMPLES.column("metric", String.class))
        .where(HOST_ID.eq(fleet.host().id()))
        .avg(SAMPLES.column("value", double.class))
        .min(SAMPLES.column("value", double.class))
        .max(SAMPLES.column("value", double.class))
        .count()
        .fetchInto(Minute.class);
  }

  private void chart(String metric, List<Minute> minutes) {
    report.line(
        "%-17s %-34s %8s %8s %8s",
        metric,
        Sparkline.of(minutes.stream().map(Minute::average).toList()),
        Quantity.of(minutes.stream().mapToDouble(Minute::least).min().orElse(0)),
        Quantity.of(minutes.stream().mapToDouble(Minute::average).average().orElse(0)),
        Quantity.of(minutes.stream().mapToDouble(Minute::most).max().orElse(0)));
  }

  /** Every bucket must equal the aggregate of the file's own lines. */
  private void check(List<Minute> minutes) {
    Map<Key, DoubleSummaryStatistics> expected =
        readings.stream()
            .collect(
                Collectors.groupingBy(
                    r -> new Key(r.time().truncatedTo(ChronoUnit.MINUTES), r.metric()),
                    Collectors.summarizingDouble(Reading::value)));
    long wrong = minutes.stream().filter(minute -> !agrees(minute, expected)).count();
    report.expect("minutes of all metrics", expected.size(), minutes.size());
    report.expect("minutes that differ from the file", 0L, wrong);
  }

  private static boolean agrees(Minute minute, Map<Key, DoubleSummaryStatistics> expected) {
    DoubleSummaryStatistics file = expected.get(new Key(minute.start(), minute.metric()));
    return file != null
        && file.getCount() == minute.samples()
        && file.getMin() == minute.least()
        && file.getMax() == minute.most()
        && Math.abs(file.getAverage() - minute.average())
            <= ROUNDING * Math.max(1, Math.abs(file.getAverage()));
  }

  private void checkLast(List<Sample> last) {
    Map<String, Double> expected =
        readings.stream()
            .collect(Collectors.toMap(Reading::metric, Reading::value, (before, after) -> after));
    report.expect(
        "last values",
        expected,
        last.stream().collect(Collectors.toMap(Sample::metric, Sample::value)));
  }
}
