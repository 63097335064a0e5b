package dev.tenon.timeseries;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** What buckets are in SQL. */
final class BucketFields {

  private BucketFields() {}

  /** The start of the bucket that a time falls into. */
  static Field<Instant> start(Bucket bucket, Dialect dialect, Field<?> time) {
    if (bucket instanceof FixedBucket fixed) {
      return dialect.bucket(fixed.width(), time);
    }
    CalendarBucket calendar = (CalendarBucket) bucket;
    return DSL.function(
        "date_trunc",
        TimeBinding.TYPE,
        DSL.inline(calendar.unitName()),
        time,
        DSL.inline(calendar.zoneName()));
  }

  /** The start of the bucket that follows. */
  static Field<Instant> next(Bucket bucket, Field<Instant> start) {
    if (bucket instanceof FixedBucket fixed) {
      return DSL.field("{0} + {1}", TimeBinding.TYPE, start, interval(fixed.width()));
    }
    CalendarBucket calendar = (CalendarBucket) bucket;
    // A day may begin at one o'clock: one day on is an hour into the next.
    return DSL.field(
        "date_trunc({3}, ({0} at time zone {1} + interval {2}) at time zone {1}, {1})",
        TimeBinding.TYPE,
        start,
        DSL.inline(calendar.zoneName()),
        DSL.inline("1 " + calendar.unitName()),
        DSL.inline(calendar.unitName()));
  }

  /** How many seconds lie between two instants. */
  static Field<Double> seconds(Field<Instant> from, Field<Instant> to) {
    return DSL.field("extract(epoch from {1} - {0})", SQLDataType.NUMERIC, from, to)
        .cast(SQLDataType.DOUBLE);
  }

  /** An interval of so many microseconds, as PostgreSQL reads it. */
  static Field<?> interval(Duration width) {
    long micros = width.toNanos() / 1_000;
    return DSL.field("interval {0}", DSL.inline(micros + " microseconds"));
  }

  /** The mean of a value over the time that it holds within a bucket. */
  static Field<Double> timeWeighted(
      RowSource source,
      Field<Double> value,
      Field<? extends Number> valueBefore,
      Field<Instant> start,
      Field<Instant> next,
      Field<Instant> time,
      Instant rangeEnd) {
    Field<Instant> end =
        DSL.field("cast({0} as timestamptz)", TimeBinding.TYPE, DSL.inline(text(rangeEnd)));
    Field<Double> holds =
        seconds(time, DSL.least(DSL.coalesce(source.timeAfter(), end), next, end));
    Field<Instant> timeBefore = source.timeBefore();
    Field<Double> carried =
        DSL.when(timeBefore.lt(start), seconds(start, time)).otherwise(DSL.inline(0d));
    Field<Double> before = DSL.coalesce(valueBefore.cast(SQLDataType.DOUBLE), DSL.inline(0d));
    return DSL.sum(value.times(holds).plus(before.times(carried)))
        .cast(SQLDataType.DOUBLE)
        .div(DSL.nullif(DSL.sum(holds.plus(carried)).cast(SQLDataType.DOUBLE), DSL.inline(0d)));
  }

  private static String text(Instant time) {
    return OffsetDateTime.ofInstant(time, ZoneOffset.UTC).toString();
  }
}
