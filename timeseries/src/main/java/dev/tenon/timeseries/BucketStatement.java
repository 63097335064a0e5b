package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.RecordShape;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.Select;
import org.jooq.SelectField;
import org.jooq.SortField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The statement of a bucket query, and what is made of its rows. */
record BucketStatement(
    Session session,
    TenantId tenant,
    Hypertable<?> hypertable,
    TimeRange range,
    Bucket bucket,
    Field<Instant> start,
    BucketSource source,
    List<Field<?>> groups,
    Condition condition) {

  private static final int MOST_BUCKETS = 1_000_000;

  <R> List<R> fetchInto(
      Class<R> type, List<Aggregate> aggregates, boolean filled, Duration lookback, int top) {
    RecordShape<R> shape = RecordShape.of(type);
    List<Field<?>> fields = new ArrayList<>(List.of(start));
    fields.addAll(groups);
    aggregates.forEach(aggregate -> fields.add(aggregate.field().get()));
    requireMatch(shape, fields);
    if (!filled) {
      return rows(query(fields, range, top, false)).stream().map(shape::create).toList();
    }
    TimeRange read = new TimeRange(range.from().minus(lookback), range.to());
    List<Instant> starts = starts(read);
    List<@Nullable Object[]> found = rows(query(fields, read, 0, true));
    requireKnown(starts, found);
    return new GapFill(starts, groups.size(), aggregates.stream().map(Aggregate::fill).toList())
        .filled(found, bucket.startOf(range.from())).stream().map(shape::create).toList();
  }

  private ResultQuery<Record> query(
      List<Field<?>> fields, TimeRange read, int top, boolean byGroup) {
    List<Field<?>> keys = new ArrayList<>(groups);
    keys.add(byGroup ? keys.size() : 0, start);
    Select<Record> aggregated =
        session
            .sql()
            .select(List.<SelectField<?>>copyOf(fields))
            .from(source.rows(tenant, read, condition, fields))
            .groupBy(keys)
            .orderBy(keys);
    return top == 0 ? aggregated : top(fields, read, keys, top);
  }

  /** Ranked beside the aggregates, so that equals are told apart by their groups. */
  private ResultQuery<Record> top(
      List<Field<?>> fields, TimeRange read, List<Field<?>> keys, int most) {
    List<Field<?>> named = new ArrayList<>();
    List<Field<?>> results = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      String name = "v" + i;
      named.add(fields.get(i).as(DSL.name(name)));
      results.add(DSL.field(DSL.name(name), fields.get(i).getDataType()));
    }
    List<SortField<?>> largest = new ArrayList<>();
    largest.add(fields.get(fields.size() - 1).desc().nullsLast());
    groups.forEach(group -> largest.add(group.asc()));
    Field<Integer> place =
        DSL.rowNumber().over(DSL.partitionBy(start).orderBy(largest)).as(DSL.name("place"));
    named.add(place);
    Select<Record> ranked =
        DSL.select(named).from(source.rows(tenant, read, condition, fields)).groupBy(keys);
    return session
        .sql()
        .select(List.<SelectField<?>>copyOf(results))
        .from(ranked.asTable(DSL.name("ranked")))
        .where(DSL.field(DSL.name("place"), Integer.class).le(most))
        .orderBy(results.subList(0, 1 + groups.size()));
  }

  private List<@Nullable Object[]> rows(ResultQuery<Record> query) {
    try {
      return Statements.explained(
          hypertable, "buckets", () -> query.fetch(BucketStatement::values));
    } catch (UsageException refused) {
      throw source.explained(refused);
    }
  }

  private static @Nullable Object[] values(Record row) {
    @Nullable Object[] values = new Object[row.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = row.get(i);
    }
    return values;
  }

  private List<Instant> starts(TimeRange read) {
    List<Instant> starts = new ArrayList<>();
    for (Instant next = bucket.startOf(read.from());
        next.isBefore(read.to());
        next = bucket.next(next)) {
      if (starts.size() == MOST_BUCKETS) {
        throw new UsageException(
            Problem.what("more than " + MOST_BUCKETS + " buckets would be filled")
                .where(hypertable.where("buckets"))
                .why("each has a row for each group, with rows or without")
                .fix("choose a shorter range or wider buckets, or do not fill gaps"));
      }
      starts.add(next);
    }
    return starts;
  }

  private void requireKnown(List<Instant> starts, List<@Nullable Object[]> found) {
    Set<Instant> known = new HashSet<>(starts);
    for (@Nullable Object[] row : found) {
      if (!known.contains(row[0])) {
        throw new ServerException(
            Problem.what("the server begins a bucket at " + row[0] + ", and Java does not")
                .where(hypertable.where("buckets"))
                .why("their time zone data differ: " + bucket)
                .fix("bring the time zones of the server and of Java to the same release"));
      }
    }
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
}
