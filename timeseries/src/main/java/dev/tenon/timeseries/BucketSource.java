package dev.tenon.timeseries;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
final class BucketSource {

  private static final String BEFORE = "tenon before";
  private static final String AFTER = "tenon after";

  private final Hypertable<?> hypertable;
  private final Map<String, Field<?>> neighbours = new LinkedHashMap<>();

  BucketSource(Hypertable<?> hypertable) {
    this.hypertable = hypertable;
  }

  /** The time of the row before in the series; null for the first. */
  Field<Instant> timeBefore() {
    return neighbour(BEFORE, DSL.lag(time()).over(series()), SQLDataType.INSTANT);
  }

  /** The time of the row after in the series; null for the last. */
  Field<Instant> timeAfter() {
    return neighbour(AFTER, DSL.lead(time()).over(series()), SQLDataType.INSTANT);
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

  @SuppressWarnings("unchecked")
  private Field<Instant> time() {
    return (Field<Instant>) hypertable.timeColumn().field();
  }

  private WindowSpecification series() {
    List<Field<?>> series = hypertable.seriesFields();
    return series.isEmpty() ? DSL.orderBy(time()) : DSL.partitionBy(series).orderBy(time());
  }

  /** The rows for which a condition holds. */
  TableLike<?> rows(Condition condition) {
    List<SelectField<?>> columns = new ArrayList<>(hypertable.fields());
    columns.addAll(neighbours.values());
    Select<Record> rows = DSL.select(columns).from(hypertable.table()).where(condition);
    return rows.asTable(DSL.name("samples"));
  }
}
