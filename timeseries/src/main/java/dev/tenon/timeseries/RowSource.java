package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.SelectField;
import org.jooq.TableLike;
import org.jooq.WindowSpecification;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The rows that buckets are made of: those of the table or, where an aggregate compares a row with
 * its neighbours in the series, each with these beside it.
 */
final class RowSource implements BucketSource {

  private static final String BEFORE = "tenon before";
  private static final String AFTER = "tenon after";

  private final Hypertable<?> hypertable;
  private final Dialect dialect;
  private final Map<String, Field<?>> neighbours = new LinkedHashMap<>();

  RowSource(Hypertable<?> hypertable, Dialect dialect) {
    this.hypertable = hypertable;
    this.dialect = dialect;
  }

  /** The time of the row before in the series; null for the first. */
  Field<Instant> timeBefore() {
    return neighbour(BEFORE, DSL.lag(time()).over(series()), TimeBinding.TYPE);
  }

  /** The time of the row after in the series; null for the last. */
  Field<Instant> timeAfter() {
    return neighbour(AFTER, DSL.lead(time()).over(series()), TimeBinding.TYPE);
  }

  /** The value of the row before in the series; null for the first. */
  <V> Field<V> valueBefore(Field<V> value) {
    return neighbour(
        BEFORE + " " + value.getName(), DSL.lag(value).over(series()), value.getDataType());
  }

  private <V> Field<V> neighbour(String name, Field<?> value, DataType<V> type) {
    neighbours.put(name, value.as(DSL.name(name)));
    return DSL.field(DSL.name(name), type);
  }

  Field<Instant> time() {
    return RollupTable.time(hypertable);
  }

  @Override
  public Field<Instant> start(Bucket bucket) {
    return BucketFields.start(bucket, dialect, time());
  }

  @Override
  public RowSource requireRows(String operation) {
    return this;
  }

  private WindowSpecification series() {
    List<Field<?>> series = hypertable.seriesFields();
    return series.isEmpty() ? DSL.orderBy(time()) : DSL.partitionBy(series).orderBy(time());
  }

  @Override
  public TableLike<?> rows(
      TenantId tenant, TimeRange range, Condition condition, List<Field<?>> asked) {
    List<SelectField<?>> columns = new ArrayList<>(hypertable.fields());
    columns.addAll(neighbours.values());
    Select<Record> rows =
        DSL.select(columns)
            .from(hypertable.table())
            .where(Reads.rowsOf(hypertable, tenant, range).and(condition));
    return rows.asTable(DSL.name("samples"));
  }

  @Override
  public Field<Double> avg(Field<? extends Number> value) {
    return DSL.avg(value).cast(SQLDataType.DOUBLE);
  }

  @Override
  public Field<?> sum(Field<? extends Number> value) {
    Class<?> type = value.getType();
    if (type == BigDecimal.class) {
      return DSL.sum(value);
    }
    return type == Double.class || type == Float.class
        ? DSL.sum(value.cast(SQLDataType.DOUBLE)).cast(SQLDataType.DOUBLE)
        : DSL.sum(value).cast(SQLDataType.BIGINT);
  }

  @Override
  public Field<?> min(Field<?> value) {
    return DSL.min(value);
  }

  @Override
  public Field<?> max(Field<?> value) {
    return DSL.max(value);
  }

  @Override
  public Field<Long> count() {
    return DSL.count().cast(SQLDataType.BIGINT);
  }

  @Override
  public Field<?> valueAt(Dialect.End end, Field<?> value, List<Field<?>> ties) {
    List<Field<?>> order = new ArrayList<>(List.of(time()));
    order.addAll(ties);
    return dialect.valueAt(end, value, order);
  }

  @Override
  public Known known(Session session, TenantId tenant, TimeRange range) {
    Field<Instant> now = DSL.field("now()", TimeBinding.TYPE);
    return new Known(Optional.ofNullable(session.sql().select(now).fetchSingle().value1()), 0);
  }
}
