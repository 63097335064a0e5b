package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.vector.RecallReport.Point;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * Measures recall on the rows that a session sees: searches by index beside the same searches
 * without it.
 *
 * <p>The queries are embeddings of the session's own rows, drawn by a seed and each without its own
 * row, so that what is measured is the tenant's recall under its filter, however few of the table's
 * rows these are. Exact searches compare every matching row: a measurement of 100 queries costs 100
 * such scans, and one search by index for each query and setting.
 *
 * <p>Each step returns a new measurement. Safe for use by many threads where its session is.
 */
public final class RecallMeasurement<T> {

  private final RecallSample<T> sample;
  private final VectorIndex index;
  private final int queries;
  private final int top;
  private final Condition filter;
  private final List<Integer> settings;
  private final long seed;

  RecallMeasurement(RecallSample<T> sample, VectorIndex index) {
    this(sample, index, 100, 10, DSL.noCondition(), List.of(), 0);
  }

  private RecallMeasurement(
      RecallSample<T> sample,
      VectorIndex index,
      int queries,
      int top,
      Condition filter,
      List<Integer> settings,
      long seed) {
    this.sample = sample;
    this.index = index;
    this.queries = queries;
    this.top = top;
    this.filter = filter;
    this.settings = settings;
    this.seed = seed;
  }

  /** How many rows are drawn as queries, 100 by default; all where there are fewer. */
  public RecallMeasurement<T> sample(int rows) {
    return new RecallMeasurement<>(
        sample, index, positive(rows, "sample"), top, filter, settings, seed);
  }

  /** How many rows each search asks for, 10 by default. */
  public RecallMeasurement<T> top(int rows) {
    return new RecallMeasurement<>(
        sample, index, queries, positive(rows, "top"), filter, settings, seed);
  }

  /** Only rows for which this holds, for queries and hits; and all conditions given before. */
  public RecallMeasurement<T> where(Condition condition) {
    Required.require(condition, "condition", "RecallMeasurement.where");
    return new RecallMeasurement<>(
        sample, index, queries, top, filter.and(condition), settings, seed);
  }

  /**
   * The settings to try: {@code candidates} of a quantized index, {@code efSearch} of another HNSW
   * index, {@code probes} of IVFFlat. By default five, around what a search takes by itself.
   */
  public RecallMeasurement<T> settings(int... tried) {
    if (tried.length == 0) {
      throw new UsageException(
          Problem.what("no settings were given")
              .where("RecallMeasurement.settings")
              .why("recall is measured for each of them")
              .fix("pass one or more, or leave it to the default"));
    }
    return new RecallMeasurement<>(
        sample,
        index,
        queries,
        top,
        filter,
        Arrays.stream(tried).sorted().distinct().boxed().toList(),
        seed);
  }

  /** What the rows are drawn by, 0 by default: the same rows give the same queries. */
  public RecallMeasurement<T> seed(long chosen) {
    return new RecallMeasurement<>(sample, index, queries, top, filter, settings, chosen);
  }

  private static int positive(int value, String step) {
    if (value < 1) {
      throw new UsageException(
          Problem.what(step + "(" + value + ") was asked for")
              .where("RecallMeasurement." + step)
              .why("recall is measured on one row or more")
              .fix("pass 1 or more"));
    }
    return value;
  }

  /**
   * Runs all searches, one after the other.
   *
   * @throws InvalidDataException if no row can be found: there is nothing to measure
   */
  public RecallReport run() {
    List<Double> farthest = new ArrayList<>();
    List<Integer> expected = new ArrayList<>();
    List<VectorSearch<T>> measured = new ArrayList<>();
    for (VectorSearch<T> search : sample.draw(queries, filter, seed).values()) {
      List<Hit<T>> exact = search.top(top).exact().fetch().hits();
      if (!exact.isEmpty()) {
        measured.add(search.top(top));
        expected.add(exact.size());
        farthest.add(exact.get(exact.size() - 1).distance());
      }
    }
    if (measured.isEmpty()) {
      throw new InvalidDataException(
          Problem.what("the session sees fewer than two rows that match")
              .where("RecallMeasurement.run")
              .why("each of its rows is a query for the others")
              .fix("measure where there are rows, or with a wider filter"));
    }
    List<Point> points = new ArrayList<>();
    for (int setting : settings.isEmpty() ? defaultSettings() : settings) {
      points.add(point(setting, measured, expected, farthest));
    }
    return new RecallReport(measured.size(), top, points);
  }

  private Point point(
      int setting, List<VectorSearch<T>> searches, List<Integer> expected, List<Double> farthest) {
    boolean byIndex = PlanCost.isByIndex(tuned(searches.get(0), setting).explain());
    double[] recalls = new double[searches.size()];
    long[] nanos = new long[searches.size()];
    int truncated = 0;
    for (int i = 0; i < recalls.length; i++) {
      VectorSearch<T> tuned = tuned(searches.get(i), setting);
      VectorSearch<T> search = byIndex ? tuned.approximate() : tuned.exact();
      double last = farthest.get(i);
      long start = System.nanoTime();
      SearchResult<T> result = search.fetch();
      nanos[i] = System.nanoTime() - start;
      truncated += result.truncated() ? 1 : 0;
      long found = result.hits().stream().filter(hit -> hit.distance() <= last).count();
      recalls[i] = Math.min(1, (double) found / expected.get(i));
    }
    Arrays.sort(nanos);
    ShareInterval interval = ShareInterval.of(recalls);
    return new Point(
        setting,
        interval.mean(),
        interval.low(),
        interval.high(),
        byIndex,
        truncated,
        Duration.ofNanos(nanos[nanos.length / 2]));
  }

  private VectorSearch<T> tuned(VectorSearch<T> search, int setting) {
    if (index instanceof IvfflatIndex) {
      return search.probes(setting);
    }
    return isQuantized() ? search.candidates(setting) : search.efSearch(setting);
  }

  private boolean isQuantized() {
    return ScanOptions.of(index).isQuantized();
  }

  private List<Integer> defaultSettings() {
    if (index instanceof IvfflatIndex lists) {
      int usual = lists.probes();
      return IntStream.of(1, usual / 2, usual, 2 * usual, 4 * usual)
          .map(probes -> Math.max(1, Math.min(probes, lists.lists())))
          .sorted()
          .distinct()
          .boxed()
          .toList();
    }
    return isQuantized()
        ? List.of(top, 2 * top, 5 * top, 10 * top, 20 * top)
        : List.of(20, 40, 80, 160, 320);
  }
}
