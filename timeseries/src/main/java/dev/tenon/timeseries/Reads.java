package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Repository;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.FetchedRows;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SelectField;
import org.jspecify.annotations.Nullable;

/**
 * Rows out of a hypertable.
 *
 * <p>Every statement names the tenant, beside the policy that does: the planner knows the value,
 * and a table whose policy was forgotten still shows nobody else's rows here.
 */
final class Reads<T> {

  private static final int FETCH_SIZE = 1_000;
  private static final ColumnCodec INSTANT = ColumnCodec.forType(Instant.class);

  private final Hypertable<T> hypertable;
  private final ColumnCodec[] codecs;
  private final String range;
  private final String last;

  Reads(Hypertable<T> hypertable) {
    this.hypertable = hypertable;
    this.codecs =
        hypertable.columns().stream()
            .map(column -> ColumnCodec.forType(column.javaType()))
            .toArray(ColumnCodec[]::new);
    String time = Hypertable.quote(hypertable.timeColumn().name());
    this.range =
        """
        select %1$s
          from %2$s
         where %3$s and %4$s >= ? and %4$s < ?
         order by %5$s
        """
            .formatted(
                hypertable.columnList(),
                hypertable.quotedTable(),
                hypertable.isOwnedSql("?"),
                time,
                names(hypertable.order()));
    this.last = hypertable.series().isEmpty() ? lastOfOne(hypertable) : lastOfEach(hypertable);
  }

  static Condition rowsOf(Hypertable<?> hypertable, TenantId tenant, TimeRange range) {
    return rowsOf(hypertable, tenant, range, RollupTable.time(hypertable));
  }

  /** Those of a tenant whose time is in a range, of the hypertable or of what is made from it. */
  static Condition rowsOf(
      Hypertable<?> hypertable, TenantId tenant, TimeRange range, Field<Instant> time) {
    return hypertable.isOwnedBy(tenant).and(time.ge(range.from())).and(time.lt(range.to()));
  }

  List<T> range(Session session, TenantId tenant, TimeRange bounds) {
    return Statements.jdbc(
        session,
        hypertable,
        "range",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(range)) {
            statement.setObject(1, tenant.value());
            INSTANT.bind(statement, 2, bounds.from());
            INSTANT.bind(statement, 3, bounds.to());
            return rows(statement, "range");
          }
        });
  }

  List<T> range(Session session, TenantId tenant, TimeRange bounds, Condition condition) {
    return Statements.explained(
        hypertable,
        "range",
        () -> {
          try (Cursor<Record> cursor = query(session, tenant, bounds, condition).fetchLazy()) {
            return fetched(cursor, "range").all();
          }
        });
  }

  <R, X extends Exception> R stream(
      Session session,
      TenantId tenant,
      TimeRange bounds,
      Condition condition,
      Repository.StreamWork<T, R, X> work)
      throws X {
    return session.transactionResult(
        transaction -> {
          try (Cursor<Record> cursor =
              Statements.explained(
                  hypertable,
                  "stream",
                  () ->
                      query(transaction, tenant, bounds, condition)
                          .fetchSize(FETCH_SIZE)
                          .fetchLazy())) {
            return work.run(fetched(cursor, "stream").stream(transaction));
          }
        });
  }

  private ResultQuery<Record> query(
      Session session, TenantId tenant, TimeRange bounds, Condition condition) {
    return session
        .sql()
        .select(List.<SelectField<?>>copyOf(hypertable.fields()))
        .from(hypertable.table())
        .where(rowsOf(hypertable, tenant, bounds).and(condition))
        .orderBy(hypertable.order());
  }

  private FetchedRows<T> fetched(Cursor<?> cursor, String operation) {
    return FetchedRows.of(
        cursor, result -> row(result, operation), hypertable.statement(operation));
  }

  List<T> last(Session session, TenantId tenant) {
    return Statements.jdbc(
        session,
        hypertable,
        "last",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(last)) {
            statement.setObject(1, tenant.value());
            return rows(statement, "last");
          }
        });
  }

  private static String lastOfOne(Hypertable<?> hypertable) {
    return """
    select %1$s from %2$s where %3$s order by %4$s desc limit 1
    """
        .formatted(
            hypertable.columnList(),
            hypertable.quotedTable(),
            hypertable.isOwnedSql("?"),
            Hypertable.quote(hypertable.timeColumn().name()));
  }

  /** Walks the key from series to series, so that it reads a few pages a series, not each row. */
  private static String lastOfEach(Hypertable<?> hypertable) {
    String keys = names(hypertable.seriesFields());
    String columns =
        hypertable.columns().stream()
            .map(column -> "newest." + Hypertable.quote(column.name()))
            .collect(Collectors.joining(", "));
    return """
    with recursive owner (id) as (values (?::uuid)),
    series (%1$s) as (
      (select %1$s from %2$s where %3$s order by %1$s limit 1)
      union all
      select %9$s
        from series
       cross join lateral (
             select %1$s from %2$s
              where %3$s and (%1$s) > (%4$s)
              order by %1$s limit 1) following
    )
    select %5$s
      from series
     cross join lateral (
           select %6$s from %2$s
            where %3$s and (%1$s) = (%4$s)
            order by %7$s desc limit 1) newest
     order by %8$s
    """
        .formatted(
            keys,
            hypertable.quotedTable(),
            hypertable.isOwnedSql("(select id from owner)"),
            keys("series", hypertable),
            columns,
            hypertable.columnList(),
            Hypertable.quote(hypertable.timeColumn().name()),
            keys("newest", hypertable),
            keys("following", hypertable));
  }

  private static String keys(String relation, Hypertable<?> hypertable) {
    return hypertable.seriesFields().stream()
        .map(field -> relation + "." + Hypertable.quote(field.getName()))
        .collect(Collectors.joining(", "));
  }

  private static String names(List<Field<?>> fields) {
    return fields.stream()
        .map(field -> Hypertable.quote(field.getName()))
        .collect(Collectors.joining(", "));
  }

  private List<T> rows(PreparedStatement statement, String operation) throws SQLException {
    try (ResultSet result = statement.executeQuery()) {
      return rows(result, operation);
    }
  }

  private List<T> rows(ResultSet result, String operation) throws SQLException {
    List<T> rows = new ArrayList<>();
    while (result.next()) {
      rows.add(row(result, operation));
    }
    return rows;
  }

  private T row(ResultSet result, String operation) throws SQLException {
    @Nullable Object[] values = new Object[codecs.length];
    for (int i = 0; i < codecs.length; i++) {
      values[i] = value(result, i, operation);
    }
    return hypertable.shape().create(values);
  }

  private @Nullable Object value(ResultSet result, int column, String operation)
      throws SQLException {
    try {
      return codecs[column].read(result, column + 1);
    } catch (InvalidDataException unfit) {
      throw new InvalidDataException(
          unfit
              .problem()
              .where(
                  "column "
                      + hypertable.columns().get(column).name()
                      + " of "
                      + hypertable.where(operation)),
          unfit.getCause());
    }
  }
}
