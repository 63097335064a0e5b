package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Some points of a series that draw the same line as all of them, for a chart with fewer pixels
 * than points.
 *
 * <p>The points given back are some of those that were given, in their order. Immutable and safe
 * for use by many threads.
 *
 * @param <P> a point, such as a record of a hypertable
 */
public final class Downsampling<P> {

  private final Function<? super P, Instant> time;
  private final ToDoubleFunction<? super P> value;

  private Downsampling(Function<? super P, Instant> time, ToDoubleFunction<? super P> value) {
    this.time = time;
    this.value = value;
  }

  /** Points by their time and a value. */
  public static <P> Downsampling<P> of(
      Function<? super P, Instant> time, ToDoubleFunction<? super P> value) {
    return new Downsampling<>(Objects.requireNonNull(time), Objects.requireNonNull(value));
  }

  /**
   * At most so many points, by largest triangle three buckets: of each of as many buckets of points
   * the one that spans the largest triangle with the one chosen before and the mean of those that
   * follow; the first and the last always. Points whose value is no number are left out.
   *
   * <p>S. Steinarsson, <a href="https://hdl.handle.net/1946/15343">Downsampling Time Series for
   * Visual Representation</a>, 2013, section 4.2. Linear in the points.
   *
   * @param points of one series, by time
   * @param most 3 or more
   */
  public List<P> largestTriangles(List<? extends P> points, int most) {
    requireMost(most, 3);
    List<P> all = numbers(points);
    if (all.size() <= most) {
      return Collections.unmodifiableList(all);
    }
    double[] x = new double[all.size()];
    double[] y = new double[all.size()];
    Instant first = time.apply(all.get(0));
    for (int i = 0; i < x.length; i++) {
      x[i] = Timestamps.micros(first, time.apply(all.get(i)));
      y[i] = value.applyAsDouble(all.get(i));
    }
    List<P> chosen = new ArrayList<>(most);
    chosen.add(all.get(0));
    int last = 0;
    for (int bucket = 0; bucket < most - 2; bucket++) {
      last =
          largest(
              x,
              y,
              last,
              edge(x.length, most, bucket),
              edge(x.length, most, bucket + 1),
              edge(x.length, most, bucket + 2));
      chosen.add(all.get(last));
    }
    chosen.add(all.get(all.size() - 1));
    return Collections.unmodifiableList(chosen);
  }

  /** Where a bucket begins, the first and the last point not counted. */
  private static int edge(int points, int most, int bucket) {
    return bucket > most - 2 ? points : (int) ((long) bucket * (points - 2) / (most - 2)) + 1;
  }

  private static int largest(double[] x, double[] y, int before, int from, int to, int behind) {
    double meanX = 0;
    double meanY = 0;
    for (int i = to; i < behind; i++) {
      meanX += x[i] / (behind - to);
      meanY += y[i] / (behind - to);
    }
    int largest = from;
    double area = -1;
    for (int i = from; i < to; i++) {
      double triangle =
          Math.abs(
              (x[before] - meanX) * (y[i] - y[before]) - (x[before] - x[i]) * (meanY - y[before]));
      if (triangle > area) {
        area = triangle;
        largest = i;
      }
    }
    return largest;
  }

  /**
   * At most so many points: of each of half as many buckets of points the one with the smallest and
   * the one with the largest value, so that no peak is lost. Points whose value is no number are
   * left out.
   *
   * @param points of one series, by time
   * @param most 2 or more
   */
  public List<P> extremes(List<? extends P> points, int most) {
    requireMost(most, 2);
    List<P> all = numbers(points);
    if (all.size() <= most) {
      return Collections.unmodifiableList(all);
    }
    int buckets = most / 2;
    List<P> chosen = new ArrayList<>(most);
    for (int bucket = 0; bucket < buckets; bucket++) {
      int from = (int) ((long) bucket * all.size() / buckets);
      int to = (int) ((long) (bucket + 1) * all.size() / buckets);
      int lowest = from;
      int highest = from;
      for (int i = from; i < to; i++) {
        double each = value.applyAsDouble(all.get(i));
        lowest = each < value.applyAsDouble(all.get(lowest)) ? i : lowest;
        highest = each > value.applyAsDouble(all.get(highest)) ? i : highest;
      }
      chosen.add(all.get(Math.min(lowest, highest)));
      if (lowest != highest) {
        chosen.add(all.get(Math.max(lowest, highest)));
      }
    }
    return Collections.unmodifiableList(chosen);
  }

  private List<P> numbers(List<? extends P> points) {
    List<P> numbers = new ArrayList<>(points.size());
    Instant before = Instant.MIN;
    for (P point : points) {
      Instant at = time.apply(point);
      if (at.isBefore(before)) {
        throw new InvalidDataException(
            Problem.what("a point at " + at + " follows one at " + before)
                .where("Downsampling")
                .why("a line goes through points in the order of their time")
                .fix("pass the points of one series, by time"));
      }
      before = at;
      if (!Double.isNaN(value.applyAsDouble(point))) {
        numbers.add(point);
      }
    }
    return numbers;
  }

  private static void requireMost(int most, int least) {
    if (most < least) {
      throw new UsageException(
          Problem.what("at most " + most + " points are asked for")
              .where("Downsampling")
              .why("a line has its ends, and what lies between them or its extremes")
              .fix("ask for " + least + " or more"));
    }
  }
}
