package dev.tenon.examples.benchmarks;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** The queries of TSBS's cpu-only, as its code writes them, and a month by the hour. */
enum CpuQuery {
  SINGLE_GROUPBY_1_1_1(Shape.GREATEST_BY_MINUTE, 1, 1, 1),
  SINGLE_GROUPBY_1_1_12(Shape.GREATEST_BY_MINUTE, 1, 1, 12),
  SINGLE_GROUPBY_1_8_1(Shape.GREATEST_BY_MINUTE, 1, 8, 1),
  SINGLE_GROUPBY_5_1_1(Shape.GREATEST_BY_MINUTE, 5, 1, 1),
  SINGLE_GROUPBY_5_1_12(Shape.GREATEST_BY_MINUTE, 5, 1, 12),
  SINGLE_GROUPBY_5_8_1(Shape.GREATEST_BY_MINUTE, 5, 8, 1),
  CPU_MAX_ALL_1(Shape.GREATEST_BY_HOUR, 10, 1, 8),
  CPU_MAX_ALL_8(Shape.GREATEST_BY_HOUR, 10, 8, 8),
  DOUBLE_GROUPBY_1(Shape.MEAN_BY_HOUR_AND_HOST, 1, CpuQuery.ALL, 12),
  DOUBLE_GROUPBY_5(Shape.MEAN_BY_HOUR_AND_HOST, 5, CpuQuery.ALL, 12),
  DOUBLE_GROUPBY_ALL(Shape.MEAN_BY_HOUR_AND_HOST, 10, CpuQuery.ALL, 12),
  HIGH_CPU_1(Shape.HIGH, 10, 1, 12),
  HIGH_CPU_ALL(Shape.HIGH, 10, CpuQuery.ALL, 12),
  LASTPOINT(Shape.LAST_OF_HOST, 10, CpuQuery.ALL, 0),
  GROUPBY_ORDERBY_LIMIT(Shape.LATEST_MINUTES, 1, CpuQuery.ALL, 1),
  /** Not of TSBS: all there is, for one line in a chart. */
  MONTH_BY_HOUR(Shape.MEAN_AND_GREATEST_BY_HOUR, 1, CpuQuery.ALL, 0);

  private static final int ALL = 0;

  private final Shape shape;
  private final int metrics;
  private final int hosts;
  private final Duration length;

  /** What is asked for. */
  enum Shape {
    GREATEST_BY_MINUTE(false),
    GREATEST_BY_HOUR(true),
    MEAN_BY_HOUR_AND_HOST(true),
    /** Rows in which the first metric is above 90. */
    HIGH(false),
    LAST_OF_HOST(false),
    /** The greatest in each of the five latest minutes before an instant. */
    LATEST_MINUTES(false),
    MEAN_AND_GREATEST_BY_HOUR(true);

    private final boolean isHourly;

    Shape(boolean isHourly) {
      this.isHourly = isHourly;
    }
  }

  /**
   * A query with values.
   *
   * @param hosts all of them where the query names none
   */
  record Question(CpuQuery query, Instant from, Instant to, List<String> hosts) {

    int metrics() {
      return query.metrics;
    }

    Shape shape() {
      return query.shape;
    }

    /** Whether the query says of which hosts. */
    boolean namesHosts() {
      return query.hosts != ALL;
    }
  }

  CpuQuery(Shape shape, int metrics, int hosts, int hours) {
    this.shape = shape;
    this.metrics = metrics;
    this.hosts = hosts;
    this.length = Duration.ofHours(hours);
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether a rollup by the hour can answer it. */
  boolean isHourly() {
    return shape.isHourly;
  }

  /** About a window anywhere in what the fleet measured, in whole hours where a rollup wants it. */
  Question anywhere(CpuFleet fleet, Random random) {
    long seconds = Duration.between(CpuFleet.START, fleet.end()).minus(length).toSeconds();
    Instant from = CpuFleet.START.plusSeconds((long) (random.nextDouble() * seconds));
    return from(isHourly() ? from.truncatedTo(ChronoUnit.HOURS) : from, fleet, random);
  }

  /** About a window that begins there. */
  Question from(Instant from, CpuFleet fleet, Random random) {
    return length.isZero()
        ? new Question(this, CpuFleet.START, fleet.end(), fleet.hosts())
        : new Question(this, from, from.plus(length), some(fleet.hosts(), random));
  }

  private List<String> some(List<String> all, Random random) {
    if (hosts == ALL) {
      return all;
    }
    List<String> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    return List.copyOf(shuffled.subList(0, hosts));
  }
}
