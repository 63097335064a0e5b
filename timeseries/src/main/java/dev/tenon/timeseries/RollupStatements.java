package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.ColumnCodec;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * The statements that refresh one rollup of one tenant, in a transaction that is READ COMMITTED.
 */
final class RollupStatements {

  /** So many rows of the log are taken in one step. */
  static final int MOST_TAKEN = 1_000;

  private static final ColumnCodec INSTANT = ColumnCodec.forType(Instant.class);
  private static final Field<Instant> FROM = DSL.field(DSL.name("from_time"), TimeBinding.TYPE);
  private static final Field<Instant> TO = DSL.field(DSL.name("to_time"), TimeBinding.TYPE);
  private static final TimeRange ALWAYS =
      new TimeRange(Timestamps.FIRST_ROW, Timestamps.AFTER_LAST_ROW);

  private final Hypertable<?> hypertable;
  private final RollupTable table;
  private final ChangeLog log;
  private final String tenant;

  /**
   * What a step took from the log.
   *
   * @param ranges in whole buckets of the rollup, in order, none touching another
   * @param rows how many rows of the log
   */
  record Taken(List<TimeRange> ranges, int rows) {}

  RollupStatements(Hypertable<?> hypertable, RollupTable table) {
    this.hypertable = hypertable;
    this.table = table;
    this.log = new ChangeLog(hypertable);
    this.tenant = Hypertable.quote(hypertable.tenantColumn());
  }

  /** Of this rollup of the tenant one step runs at a time. */
  void lock(Transaction transaction) {
    transaction.lock("tenon rollup " + hypertable.schema() + "." + table.rollup().name());
  }

  /**
   * Remembers that the tenant has this rollup; one that is new has to be made of all there is.
   *
   * @return what was committed before it is in the rollup once all that the log tells of is: the
   *     server's time, or what its source says of itself, before any row of the log is looked at;
   *     empty where the source was never refreshed to the end
   */
  Optional<Instant> begin(Transaction transaction, TenantId owner) {
    RollupTable source = table.source();
    String sql =
        """
        with begun as (
          insert into %1$s (%2$s, rollup) values (?, ?)
          on conflict (%2$s, rollup) do nothing returning 1),
        all_of_it as (
          insert into %3$s (%2$s, rollup, from_time, to_time)
          select ?, ?, ?, ? from begun)
        select %4$s
        """
            .formatted(
                log.quotedState(),
                tenant,
                log.quotedLog(),
                source == null
                    ? "clock_timestamp()"
                    : "(select as_of from %s where %s = ? and rollup = ?)"
                        .formatted(log.quotedState(), tenant));
    return run(
        transaction,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, owner.value());
            statement.setString(2, table.rollup().name());
            statement.setObject(3, owner.value());
            statement.setString(4, table.rollup().name());
            INSTANT.bind(statement, 5, ALWAYS.from());
            INSTANT.bind(statement, 6, ALWAYS.to());
            if (source != null) {
              statement.setObject(7, owner.value());
              statement.setString(8, source.rollup().name());
            }
            return only(
                statement, result -> Optional.ofNullable((Instant) INSTANT.read(result, 1)));
          }
        });
  }

  /**
   * Takes rows from the log; what they tell of is looked at by a later statement.
   *
   * @param again also those of buckets that could not be made before
   */
  Taken take(Transaction transaction, TenantId owner, boolean again) {
    String sql =
        """
        with taken as (
          delete from %1$s
           where %2$s = ? and id in (
                 select id from %1$s
                  where %2$s = ? and rollup = ? and (? or not held)
                  order by from_time limit %3$d)
          returning from_time, to_time),
        merged as (
          select unnest(range_agg(
                   tstzrange(%4$s, %5$s) * tstzrange(?, ?) * tstzrange(%6$s, null))) as changed
            from taken)
        select (select count(*) from taken), lower(changed), upper(changed)
          from (select) always left join merged on true
         order by 2
        """
            .formatted(
                log.quotedLog(),
                tenant,
                MOST_TAKEN,
                RollupTable.sql(table.start(FROM)),
                RollupTable.sql(table.end(TO)),
                RollupTable.sql(table.oldest()));
    return run(
        transaction,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, owner.value());
            statement.setObject(2, owner.value());
            statement.setString(3, table.rollup().name());
            statement.setBoolean(4, again);
            INSTANT.bind(statement, 5, ALWAYS.from());
            INSTANT.bind(statement, 6, ALWAYS.to());
            return taken(statement);
          }
        });
  }

  private static Taken taken(PreparedStatement statement) throws SQLException {
    List<TimeRange> ranges = new ArrayList<>();
    int rows = 0;
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        rows = result.getInt(1);
        // Where rows are gone there is a row of the log and nothing to do.
        if (result.getObject(2) != null) {
          ranges.add(new TimeRange(instant(result, 2), instant(result, 3)));
        }
      }
    }
    return new Taken(ranges, rows);
  }

  /** Whether the rollup, or what it is made from, has anything in a range. */
  boolean hasAny(Transaction transaction, TenantId owner, TimeRange range) {
    String sql =
        """
        select exists (select from %1$s where %2$s = ? and %3$s >= ? and %3$s < ?)
            or exists (select from %4$s where %2$s = ? and bucket >= ? and bucket < ?)
        """
            .formatted(sourceTable(), tenant, RollupTable.sql(table.sourceTime()), table.quoted());
    return run(
        transaction,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int first : List.of(1, 4)) {
              statement.setObject(first, owner.value());
              INSTANT.bind(statement, first + 1, range.from());
              INSTANT.bind(statement, first + 2, range.to());
            }
            return only(statement, result -> result.getBoolean(1));
          }
        });
  }

  /** A range, widened to whole buckets as the server has them; empty where rows are gone. */
  TimeRange widened(Transaction transaction, TimeRange range) {
    String sql =
        "select least(greatest(%1$s, %2$s, ?), %3$s, ?), least(%3$s, ?)"
                .formatted(
                    RollupTable.sql(table.start(DSL.field("given.from_time", TimeBinding.TYPE))),
                    RollupTable.sql(table.oldest()),
                    RollupTable.sql(table.end(DSL.field("given.to_time", TimeBinding.TYPE))))
            + " from (values (cast(? as timestamptz), cast(? as timestamptz)))"
            + " as given (from_time, to_time)";
    return run(
        transaction,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            INSTANT.bind(statement, 1, ALWAYS.from());
            INSTANT.bind(statement, 2, ALWAYS.to());
            INSTANT.bind(statement, 3, ALWAYS.to());
            INSTANT.bind(statement, 4, range.from());
            INSTANT.bind(statement, 5, range.to());
            return only(statement, result -> new TimeRange(instant(result, 1), instant(result, 2)));
          }
        });
  }

  /**
   * Makes the buckets of these ranges anew: groups that are gone are removed.
   *
   * @param ranges in order; chunks outside of their bounds are left alone
   */
  RemadeBuckets remake(Transaction transaction, TenantId owner, List<TimeRange> ranges) {
    String sql = remakeSql();
    return run(
        transaction,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(
                1, Timestamps.array(connection, ranges.stream().map(TimeRange::from)));
            statement.setArray(2, Timestamps.array(connection, ranges.stream().map(TimeRange::to)));
            statement.setObject(3, owner.value());
            INSTANT.bind(statement, 4, ranges.get(0).from());
            INSTANT.bind(statement, 5, ranges.get(ranges.size() - 1).to());
            statement.setObject(6, owner.value());
            statement.setObject(7, owner.value());
            return only(
                statement,
                result -> new RemadeBuckets(result.getLong(2), result.getLong(1), List.of(), null));
          }
        });
  }

  /** Rows are compared by their images, because 1.0 equals 1.00, and 0 equals -0. */
  private String remakeSql() {
    List<String> series = names(hypertable.seriesFields());
    List<String> states =
        table.states().stream().map(state -> Hypertable.quote(state.name())).toList();
    List<String> rowKey = plus(series, "bucket");
    String start = RollupTable.sql(table.start(table.sourceTime()));
    return """
    with work ("tenon from", "tenon to") as (select * from unnest(?, ?)),
    fresh as (
      select %1$s
        from work
        join %2$s on %3$s >= "tenon from" and %3$s < "tenon to"
       where %4$s = ? and %3$s >= ? and %3$s < ?
       group by %5$s),
    removed as (
      delete from %6$s as kept
       using work
       where kept.%4$s = ? and kept.bucket >= "tenon from" and kept.bucket < "tenon to"
         and not exists (select from fresh where %7$s)
      returning 1),
    stored as (
      insert into %6$s as kept (%4$s, %8$s)
      select ?, %8$s from fresh
      on conflict (%9$s) do update set %10$s
       where record_image_ne(row(%11$s), row(%12$s))
      returning 1)
    select (select count(*) from removed), (select count(*) from stored)
    """
        .formatted(
            fresh(series, start, states),
            sourceTable(),
            RollupTable.sql(table.sourceTime()),
            tenant,
            list(plus(series, start)),
            table.quoted(),
            rowKey.stream()
                .map(column -> "fresh.%1$s = kept.%1$s".formatted(column))
                .collect(Collectors.joining(" and ")),
            list(Stream.concat(rowKey.stream(), states.stream()).toList()),
            list(table.key().stream().map(Hypertable::quote).toList()),
            list(states.stream().map(state -> state + " = excluded." + state).toList()),
            list(states.stream().map(state -> "kept." + state).toList()),
            list(states.stream().map(state -> "excluded." + state).toList()));
  }

  private String fresh(List<String> series, String start, List<String> states) {
    List<String> columns = new ArrayList<>(series);
    columns.add(start + " as bucket");
    List<Field<?>> computed = table.computed();
    for (int i = 0; i < states.size(); i++) {
      columns.add(RollupTable.sql(computed.get(i)) + " as " + states.get(i));
    }
    return list(columns);
  }

  /** Tells the rollups that are made from this one of changes, each of every range. */
  void tellNext(Transaction transaction, TenantId owner, List<TimeRange> ranges) {
    tell(transaction, owner, log.madeFrom("?"), ranges, false);
  }

  /** Puts back what was taken and not done. */
  void putBack(Transaction transaction, TenantId owner, List<TimeRange> ranges) {
    tell(transaction, owner, "array[?]", ranges, false);
  }

  /** Puts back what cannot be done, so that it stands in nobody's way. */
  void hold(Transaction transaction, TenantId owner, List<TimeRange> ranges) {
    tell(transaction, owner, "array[?]", ranges, true);
  }

  private void tell(
      Transaction transaction,
      TenantId owner,
      String rollups,
      List<TimeRange> ranges,
      boolean held) {
    if (ranges.isEmpty()) {
      return;
    }
    String sql =
        """
        insert into %1$s (%2$s, rollup, from_time, to_time, held)
        select ?, rollup, from_time, to_time, ?
          from unnest(?, ?) as changed (from_time, to_time), unnest(%3$s) as rollup
        """
            .formatted(log.quotedLog(), tenant, rollups);
    run(
        transaction,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, owner.value());
            statement.setBoolean(2, held);
            statement.setArray(
                3, Timestamps.array(connection, ranges.stream().map(TimeRange::from)));
            statement.setArray(4, Timestamps.array(connection, ranges.stream().map(TimeRange::to)));
            statement.setString(5, table.rollup().name());
            return statement.executeUpdate();
          }
        });
  }

  /** Notes that what was committed before an instant is in the rollup, if it all could be made. */
  void finish(Transaction transaction, TenantId owner, Optional<Instant> asOf) {
    String sql =
        """
        update %1$s set as_of = ?
         where %2$s = ? and rollup = ?
           and not exists (select from %3$s where %2$s = ? and rollup = ? and held)
        """
            .formatted(log.quotedState(), tenant, log.quotedLog());
    run(
        transaction,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            INSTANT.bind(statement, 1, asOf.orElse(null));
            statement.setObject(2, owner.value());
            statement.setString(3, table.rollup().name());
            statement.setObject(4, owner.value());
            statement.setString(5, table.rollup().name());
            return statement.executeUpdate();
          }
        });
  }

  private String sourceTable() {
    RollupTable source = table.source();
    return source == null ? hypertable.quotedTable() : source.quoted();
  }

  private <R> R run(Transaction transaction, Session.JdbcWork<R> work) {
    return Statements.jdbc(transaction, hypertable, "refresh", work);
  }

  private interface Read<R> {
    R from(ResultSet result) throws SQLException;
  }

  private static <R> R only(PreparedStatement statement, Read<R> read) throws SQLException {
    try (ResultSet result = statement.executeQuery()) {
      result.next();
      return read.from(result);
    }
  }

  private static Instant instant(ResultSet result, int column) throws SQLException {
    return (Instant) Objects.requireNonNull(INSTANT.read(result, column));
  }

  private static List<String> names(List<Field<?>> fields) {
    return fields.stream().map(field -> Hypertable.quote(field.getName())).toList();
  }

  private static List<String> plus(List<String> some, String one) {
    return Stream.concat(some.stream(), Stream.of(one)).toList();
  }

  private static String list(List<String> parts) {
    return String.join(", ", parts);
  }
}
