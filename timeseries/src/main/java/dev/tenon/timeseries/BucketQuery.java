package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.RecordShape;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates of the rows of a time range, by buckets of a fixed width in UTC.
 *
 * <p>Buckets are aligned to Monday, 2000-01-03. A bucket without rows is not in the result. The
 * values of a result are the start of the bucket, the groups in the order of {@link #by}, and the
 * aggregates in the order in which they were asked for. Not safe for use by many threads.
 */
public final class BucketQuery {

  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final Session session;
  private final TenantId tenant;
  private final Hypertable<?> hypertable;
  private final Dialect dialect;
  private final TimeRange range;
  private final Field<Instant> bucket;
  private final List<Field<?>> groups = new ArrayList<>();
  private final List<Aggregate> aggregates = new ArrayList<>();
  private Condition condition = DSL.noCondition();

  /** Made when the query runs, because first and last depend on the groups. */
  private interface Aggregate {
    Field<?> field();
  }

  BucketQuery(
      Session session,
      TenantId tenant,
      Hypertable<?> hypertable,
      Dialect dialect,
      TimeRange range,
      Duration width) {
    this.session = session;
    this.tenant = tenant;
    this.hypertable = hypertable;
    this.dialect = dialect;
    this.range = range;
    this.bucket = dialect.bucket(requireWidth(width), hypertable.timeColumn().field());
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
    return add(DSL.avg(value).cast(SQLDataType.DOUBLE));
  }

  /**
   * The sum: a {@code Long} of whole numbers, a {@code Double} of floats, a {@code BigDecimal} of
   * those; null where every value is.
   */
  public BucketQuery sum(Field<? extends Number> value) {
    Class<?> type = value.getType();
    if (type == BigDecimal.class) {
      return add(DSL.sum(value));
    }
    return type == Double.class || type == Float.class
        ? add(DSL.sum(value.cast(SQLDataType.DOUBLE)).cast(SQLDataType.DOUBLE))
        : add(DSL.sum(value).cast(SQLDataType.BIGINT));
  }

  /** The smallest value, of the field's type; null where every value is. */
  public BucketQuery min(Field<?> value) {
    return add(DSL.min(value));
  }

  /** The largest value, of the field's type; null where every value is. */
  public BucketQuery max(Field<?> value) {
    return add(DSL.max(value));
  }

  /** The number of rows, a {@code Long}. */
  public BucketQuery count() {
    return add(DSL.count().cast(SQLDataType.BIGINT));
  }

  /** The value of the earliest row, of the field's type; null if it is null there. */
  public BucketQuery first(Field<?> value) {
    aggregates.add(() -> dialect.valueAt(Dialect.End.FIRST, value, order()));
    return this;
  }

  /** The value of the latest row, of the field's type; null if it is null there. */
  public BucketQuery last(Field<?> value) {
    aggregates.add(() -> dialect.valueAt(Dialect.End.LAST, value, order()));
    return this;
  }

  /**
   * Runs the query: one round trip outside a transaction.
   *
   * <p>SQL: {@code select time_bucket(…), groups…, aggregates… from … where tenant, range and
   * condition group by … order by bucket, groups}.
   *
   * @param type a record with one component for each value of the result, in their order; a
   *     component whose value may be null must not be primitive
   * @return one record for each bucket and group, by time and then by group
   * @throws UsageException if the components do not match the values, before any I/O
   * @throws dev.tenon.core.InvalidDataException if a sum leaves the range of a long, or a null
   *     meets a primitive component
   */
  public <R> List<R> fetchInto(Class<R> type) {
    RecordShape<R> shape = RecordShape.of(type);
    List<Field<?>> fields = fields();
    requireMatch(shape, fields);
    List<Field<?>> keys = new ArrayList<>(List.of(bucket));
    keys.addAll(groups);
    return Statements.explained(
        hypertable,
        "buckets",
        () ->
            session
                .sql()
                .select(List.<SelectField<?>>copyOf(fields))
                .from(hypertable.table())
                .where(Reads.rowsOf(hypertable, tenant, range).and(condition))
                .groupBy(keys)
                .orderBy(keys)
                .fetch(row -> map(shape, row)));
  }

  /** An interval of so many microseconds, as PostgreSQL reads it. */
  static Field<?> interval(Duration width) {
    long micros = width.toNanos() / 1_000;
    return DSL.field("interval {0}", DSL.inline(micros + " microseconds"));
  }

  private BucketQuery add(Field<?> aggregate) {
    aggregates.add(() -> aggregate);
    return this;
  }

  /** Without the whole series among the groups, rows of one instant can tie. */
  private List<Field<?>> order() {
    List<Field<?>> series = hypertable.seriesFields();
    return groups.containsAll(series)
        ? List.of(hypertable.timeColumn().field())
        : hypertable.order();
  }

  private List<Field<?>> fields() {
    List<Field<?>> fields = new ArrayList<>(List.of(bucket));
    fields.addAll(groups);
    aggregates.forEach(aggregate -> fields.add(aggregate.field()));
    return fields;
  }

  private static <R> R map(RecordShape<R> shape, Record row) {
    @Nullable Object[] values = new Object[row.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.get(i);
    }
    return shape.create(values);
  }

  private void requireMatch(RecordShape<?> shape, List<Field<?>> fields) {
    List<RecordComponent> components = shape.components();
    boolean matches = components.size() == fields.size();
    for (int i = 0; matches && i < fields.size(); i++) {
      matches = boxed(components.get(i).getType()) == fields.get(i).getType();
    }
    if (!matches) {
      throw new UsageException(
          Problem.what(shape.type().getSimpleName() + " does not match the result")
              .where(hypertable.where("buckets"))
              .why(
                  "the values are "
                      + fields.stream().map(field -> field.getType().getSimpleName()).toList()
                      + ", the components "
                      + components.stream()
                          .map(component -> component.getType().getSimpleName())
                          .toList())
              .fix("declare one component for each value: bucket, groups, aggregates, in order"));
    }
  }

  private static Class<?> boxed(Class<?> type) {
    return MethodType.methodType(type).wrap().returnType();
  }

  private Duration requireWidth(Duration width) {
    boolean whole = width.equals(width.truncatedTo(ChronoUnit.MICROS));
    if (width.isZero() || width.isNegative() || width.compareTo(LONGEST) > 0 || !whole) {
      throw new UsageException(
          Problem.what("the width of a bucket is " + width)
              .where(hypertable.where("buckets"))
              .why("it must be whole microseconds, more than none and at most 100 years")
              .fix("pass a width such as Duration.ofMinutes(1)"));
    }
    return width;
  }
}
