package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.timeseries.Aggregate.Fill;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Aggregates of the rows of a time range, by buckets.
 *
 * <p>A bucket without rows is not in the result unless gaps are {@link #filled}. The values of a
 * result are the start of the bucket, the groups in the order of {@link #by}, and the aggregates in
 * the order in which they were asked for. Not safe for use by many threads.
 */
public final class BucketQuery {

  private static final int MOST_SLOTS = 1_000;

  private final Session session;
  private final TenantId tenant;
  private final Hypertable<?> hypertable;
  private final TimeRange range;
  private final Bucket bucket;
  private final Field<Instant> start;
  private final BucketSource source;
  private final List<Field<?>> groups = new ArrayList<>();
  private final List<Aggregate> aggregates = new ArrayList<>();
  private Condition condition = DSL.noCondition();
  private Duration lookback = Duration.ZERO;
  private boolean filled;
  private int top;

  BucketQuery(
      Session session,
      TenantId tenant,
      Hypertable<?> hypertable,
      TimeRange range,
      Bucket bucket,
      BucketSource source) {
    this.session = session;
    this.tenant = tenant;
    this.hypertable = hypertable;
    this.range = range;
    this.bucket = bucket;
    this.source = source;
    this.start = source.start(bucket);
  }

  /** Groups the rows of a bucket further, mostly by columns of the series. */
  public BucketQuery by(Field<?>... fields) {
    groups.addAll(List.of(fields));
    return this;
  }

  /** Keeps only rows for which this holds. */
  public BucketQuery where(Condition filter) {
    condition = condition.and(filter);
    return this;
  }

  /** The mean, a {@code Double}; null where every value is. */
  public BucketQuery avg(Field<? extends Number> value) {
    return add(source.avg(value));
  }

  /**
   * The sum: a {@code Long} of whole numbers, a {@code Double} of floats, a {@code BigDecimal} of
   * those; null where every value is.
   */
  public BucketQuery sum(Field<? extends Number> value) {
    return add(source.sum(value));
  }

  /** The smallest value, of the field's type; null where every value is. */
  public BucketQuery min(Field<?> value) {
    return add(source.min(value));
  }

  /** The largest value, of the field's type; null where every value is. */
  public BucketQuery max(Field<?> value) {
    return add(source.max(value));
  }

  /** The number of rows, a {@code Long}; 0 where a gap is filled. */
  public BucketQuery count() {
    aggregates.add(new Aggregate(source::count, Fill.ZERO));
    return this;
  }

  /** The value of the earliest row, of the field's type; null if it is null there. */
  public BucketQuery first(Field<?> value) {
    return add(() -> source.valueAt(Dialect.End.FIRST, value, ties()));
  }

  /** The value of the latest row, of the field's type; null if it is null there. */
  public BucketQuery last(Field<?> value) {
    return add(() -> source.valueAt(Dialect.End.LAST, value, ties()));
  }

  /** The standard deviation of a sample, a {@code Double}; null for less than two values. */
  public BucketQuery stddev(Field<? extends Number> value) {
    source.requireRows("stddev");
    return add(DSL.stddevSamp(value.cast(SQLDataType.DOUBLE)).cast(SQLDataType.DOUBLE));
  }

  /**
   * The value below which this share of the values lies, between two of them on their line: {@code
   * percentile_cont}, exact, a {@code Double}; null where every value is.
   *
   * @param share 0 to 1; 0.5 is the median
   */
  public BucketQuery percentile(Field<? extends Number> value, double share) {
    source.requireRows("percentile");
    if (!(share >= 0 && share <= 1)) {
      throw misuse("percentile", "the share is " + share, "it is a part of the values", "0 to 1");
    }
    return add(
        DSL.percentileCont(DSL.inline(share))
            .withinGroupOrderBy(value.cast(SQLDataType.DOUBLE))
            .cast(SQLDataType.DOUBLE));
  }

  /**
   * How many values lie in each of some slots of one width, a {@code List<Long>}: those below the
   * first, those of each slot, those from the end of the last on. Nulls are counted nowhere.
   *
   * @param from the lower bound of the first slot
   * @param to the end of the last, above {@code from}
   * @param slots 1 to 1,000
   */
  public BucketQuery histogram(Field<? extends Number> value, double from, double to, int slots) {
    source.requireRows("histogram");
    if (!(from < to) || Double.isInfinite(to - from) || slots < 1 || slots > MOST_SLOTS) {
      throw misuse(
          "histogram",
          slots + " slots from " + from + " to " + to,
          "they have one width",
          "1 to " + MOST_SLOTS + " slots, and bounds that are finite and rise");
    }
    Field<Integer> slot =
        DSL.field(
            "width_bucket({0}, {1}, {2}, {3})",
            SQLDataType.INTEGER,
            value.cast(SQLDataType.DOUBLE),
            DSL.inline(from).cast(SQLDataType.DOUBLE),
            DSL.inline(to).cast(SQLDataType.DOUBLE),
            DSL.inline(slots));
    List<Field<Long>> counts =
        IntStream.rangeClosed(0, slots + 1)
            .mapToObj(i -> DSL.count().filterWhere(slot.eq(DSL.inline(i))).cast(SQLDataType.BIGINT))
            .toList();
    @SuppressWarnings("unchecked")
    Class<List<Long>> list = (Class<List<Long>>) (Class<?>) List.class;
    return add(DSL.array(counts).convertFrom(list, List::of));
  }

  /**
   * By how much a counter grew, a {@code Double}: the sum of what each row has more than the row
   * before it in its series. One that has less began anew at zero. The first row of a series in the
   * range adds nothing; null where no row has one before it.
   *
   * @param counter a component that may not be null
   */
  public BucketQuery increase(Field<? extends Number> counter) {
    return add(increaseOf(counter));
  }

  /** The {@link #increase} for each second of the bucket, a {@code Double}. */
  public BucketQuery rate(Field<? extends Number> counter) {
    return add(increaseOf(counter).div(BucketFields.seconds(start, next())));
  }

  private Field<Double> increaseOf(Field<? extends Number> counter) {
    requireNeverNull("increase", counter);
    Field<Double> now = counter.cast(SQLDataType.DOUBLE);
    Field<Double> before =
        source.requireRows("increase").valueBefore(counter).cast(SQLDataType.DOUBLE);
    return DSL.sum(
            DSL.when(before.isNull(), DSL.inline((Double) null, SQLDataType.DOUBLE))
                .when(now.lt(before), now)
                .otherwise(now.minus(before)))
        .cast(SQLDataType.DOUBLE);
  }

  /**
   * The mean over time, a {@code Double}: a value counts for as long as it holds, until the next
   * row of its series, the end of the bucket or that of the range; into a bucket it is carried from
   * the last row before, if that is in the range.
   *
   * @param value a component that may not be null
   */
  public BucketQuery timeWeightedAvg(Field<? extends Number> value) {
    requireNeverNull("timeWeightedAvg", value);
    RowSource rows = source.requireRows("timeWeightedAvg");
    return add(
        BucketFields.timeWeighted(
            rows,
            value.cast(SQLDataType.DOUBLE),
            rows.valueBefore(value),
            start,
            next(),
            rows.time(),
            range.to()));
  }

  /**
   * Puts a row where a bucket of the range has none, for each group that has any: with null in each
   * aggregate, 0 in each count.
   */
  public BucketQuery filled() {
    this.filled = true;
    return this;
  }

  /**
   * Fills gaps, and has the aggregate that was asked for last keep its value in them, also where a
   * bucket has rows and its value is null.
   */
  public BucketQuery carriedForward() {
    return fillLast("carriedForward", Fill.CARRIED);
  }

  /**
   * Fills gaps, and has the aggregate that was asked for last lie on the line between its values
   * before and after them; null before the first and behind the last.
   *
   * @throws UsageException if it is no {@code Double}
   */
  public BucketQuery interpolated() {
    return fillLast("interpolated", Fill.INTERPOLATED);
  }

  /**
   * Begins to fill this long before the range, whose buckets are read for that and not given back:
   * how far a value may be carried into it.
   */
  public BucketQuery lookback(Duration length) {
    if (length.isNegative()) {
      throw misuse("lookback", "it is " + length, "it reaches back", "zero or more");
    }
    this.lookback = length;
    return this;
  }

  /**
   * Keeps of each bucket the groups in which the aggregate that was asked for last is largest.
   * Nulls are smallest; of equals the groups that sort first stay.
   *
   * @param most 1 or more
   */
  public BucketQuery top(int most) {
    if (most < 1 || groups.isEmpty() || aggregates.isEmpty()) {
      throw misuse(
          "top",
          "top(" + most + ")",
          "it compares groups by an aggregate",
          "call by(…) and the aggregate before it, and keep one or more");
    }
    this.top = most;
    return this;
  }

  private BucketQuery fillLast(String operation, Fill fill) {
    if (aggregates.isEmpty()) {
      throw misuse(
          operation,
          "there is no aggregate yet",
          "it says how one is filled",
          "call it behind one");
    }
    int last = aggregates.size() - 1;
    Aggregate aggregate = aggregates.get(last);
    if (fill == Fill.INTERPOLATED && aggregate.field().get().getType() != Double.class) {
      throw misuse(
          operation,
          "the aggregate is a " + aggregate.field().get().getType().getSimpleName(),
          "what lies on a line is a Double",
          "interpolate a mean, or carry the value forward");
    }
    aggregates.set(last, aggregate.filledWith(fill));
    return filled();
  }

  /**
   * Runs the query: one round trip outside a transaction.
   *
   * <p>SQL: {@code select time_bucket(…), groups…, aggregates… from … where tenant, range and
   * condition group by … order by bucket, groups}. Gaps are filled here.
   *
   * @param type a record with one component for each value of the result, in their order; a
   *     component whose value may be null must not be primitive
   * @return one record for each bucket and group, by time and then by group
   * @throws UsageException if the components do not match the values, or more than a million
   *     buckets would be filled; before any I/O
   * @throws dev.tenon.core.InvalidDataException if a sum leaves the range of a long, or a null
   *     meets a primitive component
   */
  public <R> List<R> fetchInto(Class<R> type) {
    requireOneOfTopAndFilled();
    return statement(session).fetchInto(type, aggregates, filled, lookback, top);
  }

  /**
   * Runs the query and says how much it knows of, which it asks first: one round trip more, in one
   * transaction.
   *
   * @param type as for {@link #fetchInto}
   */
  public <R> BucketResult<R> fetch(Class<R> type) {
    requireOneOfTopAndFilled();
    return session.transactionResult(
        transaction -> {
          BucketSource.Known known = source.known(transaction, tenant, range);
          return new BucketResult<>(
              statement(transaction).fetchInto(type, aggregates, filled, lookback, top),
              known.asOf(),
              known.changedBuckets());
        });
  }

  private BucketStatement statement(Session in) {
    return new BucketStatement(
        in, tenant, hypertable, range, bucket, start, source, groups, condition);
  }

  private void requireOneOfTopAndFilled() {
    if (filled && top > 0) {
      throw misuse(
          "fetchInto",
          "both filled() and top(…) were called",
          "a gap has no largest group",
          "call one of them");
    }
  }

  private BucketQuery add(Field<?> aggregate) {
    return add(() -> aggregate);
  }

  private BucketQuery add(Supplier<Field<?>> aggregate) {
    aggregates.add(new Aggregate(aggregate, Fill.NULL));
    return this;
  }

  private Field<Instant> next() {
    return BucketFields.next(bucket, start);
  }

  /** Without the whole series among the groups, rows of one instant can tie. */
  private List<Field<?>> ties() {
    List<Field<?>> series = hypertable.seriesFields();
    return groups.containsAll(series) ? List.of() : series;
  }

  /** Rows without a value would stand between those that are compared. */
  private void requireNeverNull(String operation, Field<?> value) {
    boolean isColumn =
        hypertable.columns().stream()
            .anyMatch(column -> column.field().equals(value) && !column.nullable());
    if (!isColumn) {
      throw misuse(
          operation,
          "the value " + Problem.excerpt(value.getName()) + " is no column, or may be null",
          "each row is compared with the one before it in its series",
          "name the column of a component without @Nullable");
    }
  }

  private UsageException misuse(String operation, String what, String why, String fix) {
    return new UsageException(
        Problem.what(what).where(hypertable.where("buckets") + "." + operation).why(why).fix(fix));
  }
}
