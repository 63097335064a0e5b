package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.CpuQuery.Question;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.Bucket;
import dev.tenon.timeseries.BucketQuery;
import dev.tenon.timeseries.Freshness;
import dev.tenon.timeseries.TimeRange;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** The queries through Tenon, from the rows or from the rollup by the hour. */
record TenonQueries(TenantSession session) {

  static final int MINUTES = 5;

  /** How far the latest minutes are looked for at first. */
  static final Duration FIRST_LOOK = Duration.ofMinutes(MINUTES + 1);

  private static final Bucket MINUTE = Bucket.every(Duration.ofMinutes(1));
  private static final Bucket HOUR = Bucket.every(Duration.ofHours(1));
  private static final double HIGH = 90;
  private static final Field<String> HOSTNAME = CpuTable.ASKED.column("hostname", String.class);
  private static final Field<Double> USER = CpuTable.ASKED.column("usageUser", Double.class);

  /** What buckets are made from. */
  enum From {
    ROWS,
    ROLLUP_STRICT,
    ROLLUP_ONLY
  }

  List<? extends Record> ask(Question question, From from) {
    return switch (question.shape()) {
      case GREATEST_BY_MINUTE -> greatest(question, buckets(question, MINUTE, from));
      case GREATEST_BY_HOUR -> greatest(question, buckets(question, HOUR, from));
      case MEAN_BY_HOUR_AND_HOST -> means(question, buckets(question, HOUR, from));
      case MEAN_AND_GREATEST_BY_HOUR ->
          buckets(question, HOUR, from)
              .avg(USER)
              .max(USER)
              .fetchInto(CpuBuckets.MeanAndGreatest.class);
      case HIGH ->
          CpuTable.ASKED.range(session, range(question), hosts(question).and(USER.gt(HIGH)));
      case LAST_OF_HOST -> CpuTable.ASKED.last(session);
      case LATEST_MINUTES -> latestMinutes(question);
    };
  }

  private static TimeRange range(Question question) {
    return TimeRange.of(question.from(), question.to());
  }

  private static Condition hosts(Question question) {
    return question.namesHosts() ? HOSTNAME.in(question.hosts()) : DSL.noCondition();
  }

  private BucketQuery buckets(Question question, Bucket bucket, From from) {
    TimeRange range = range(question);
    BucketQuery query =
        switch (from) {
          case ROWS -> CpuTable.ASKED.buckets(session, range, bucket);
          case ROLLUP_STRICT ->
              CpuTable.ASKED.buckets(session, range, bucket, CpuTable.HOURLY, Freshness.STRICT);
          case ROLLUP_ONLY ->
              CpuTable.ASKED.buckets(
                  session, range, bucket, CpuTable.HOURLY, Freshness.ROLLUP_ONLY);
        };
    return query.where(hosts(question));
  }

  private static List<? extends Record> greatest(Question question, BucketQuery query) {
    CpuTable.metrics(question.metrics()).forEach(query::max);
    return query.fetchInto(CpuBuckets.of(question.metrics()));
  }

  private static List<? extends Record> means(Question question, BucketQuery query) {
    query.by(HOSTNAME);
    CpuTable.metrics(question.metrics()).forEach(query::avg);
    return query.fetchInto(CpuBuckets.ofHost(question.metrics()));
  }

  /** A query by buckets has a start, so one that knows none looks twice as far until it has all. */
  private List<CpuBuckets.One> latestMinutes(Question question) {
    Duration look = FIRST_LOOK;
    while (true) {
      Instant start = start(question.to(), look);
      List<CpuBuckets.One> minutes =
          CpuTable.ASKED
              .buckets(session, TimeRange.of(start, question.to()), MINUTE)
              .max(USER)
              .fetchInto(CpuBuckets.One.class);
      if (minutes.size() >= MINUTES || start.isBefore(CpuFleet.START)) {
        return latest(minutes);
      }
      look = look.multipliedBy(2);
    }
  }

  /** A whole minute, so that none is cut. */
  static Instant start(Instant end, Duration look) {
    return end.minus(look).truncatedTo(ChronoUnit.MINUTES);
  }

  /** The latest ahead. */
  static <R> List<R> latest(List<R> minutes) {
    List<R> latest =
        new ArrayList<>(minutes.subList(Math.max(0, minutes.size() - MINUTES), minutes.size()));
    Collections.reverse(latest);
    return latest;
  }
}
