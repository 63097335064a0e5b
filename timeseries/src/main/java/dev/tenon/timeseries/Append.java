package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.CopyStage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The way of rows into a table: where they have owners, COPY into the session's stage and one
 * INSERT from there, which the policies check row by row; where they have none, COPY.
 */
final class Append {

  private final Hypertable<?> hypertable;
  private final CopyStage stage;
  private final RowCopy copy;
  private final boolean replaces;
  private final String insert;
  private final @Nullable String telling;

  /**
   * A way into the table.
   *
   * @param replaces whether a row of the same key is replaced, in place of being refused
   */
  Append(Hypertable<?> hypertable, boolean replaces) {
    this.hypertable = hypertable;
    this.replaces = replaces;
    this.stage = hypertable.stage();
    this.copy = new RowCopy(hypertable, isDirect() ? hypertable.quotedTable() : stage.table());
    this.insert = replaces ? upsertSql() : insertSql();
    this.telling =
        hypertable.rollups().isEmpty() ? null : new ChangeLog(hypertable).telling(insert);
  }

  private boolean isDirect() {
    return hypertable.shared() && !replaces;
  }

  private String operation() {
    return replaces ? "upsert" : "append";
  }

  private String insertSql() {
    return """
    insert into %1$s (%2$s, %3$s)
    select ?, %3$s from %4$s
    """
        .formatted(
            hypertable.quotedTable(),
            Hypertable.quote(hypertable.tenantColumn()),
            hypertable.columnList(),
            stage.table());
  }

  /** Of rows of one key the last is taken: a statement may not meet a row twice. */
  private String upsertSql() {
    List<Column> key =
        Stream.concat(hypertable.series().stream(), Stream.of(hypertable.time()))
            .map(hypertable.columns()::get)
            .toList();
    String changes =
        hypertable.columns().stream()
            .filter(column -> !key.contains(column))
            .map(column -> Hypertable.quote(column.name()))
            .map(column -> column + " = excluded." + column)
            .collect(Collectors.joining(", "));
    return """
    insert into %1$s (%2$s%3$s)
    select %4$s%3$s
      from (select distinct on (%5$s) %3$s from %6$s order by %5$s, ctid desc) latest
     %7$s
    on conflict (%8$s) do %9$s
    """
        .formatted(
            hypertable.quotedTable(),
            hypertable
                .ownerColumns()
                .map(name -> Hypertable.quote(name) + ", ")
                .findFirst()
                .orElse(""),
            hypertable.columnList(),
            hypertable.shared() ? "" : "?, ",
            key.stream()
                .map(column -> Hypertable.quote(column.name()))
                .collect(Collectors.joining(", ")),
            stage.table(),
            hypertable.shared() ? "where cast(? as uuid) is not null" : "",
            hypertable.keyList(),
            changes.isEmpty() ? "nothing" : "update set " + changes);
  }

  /** Sends what the encoder has and will have; all in this transaction. */
  long run(Transaction transaction, TenantId tenant, Dialect dialect, RowEncoder<?> encoder) {
    return isDirect()
        ? copied(transaction, dialect, encoder)
        : checked(transaction, tenant, dialect, encoder);
  }

  /** Straight into the table: no policy has a say in rows that belong to nobody. */
  private long copied(Transaction transaction, Dialect dialect, RowEncoder<?> encoder) {
    long copied = 0;
    AtomicBoolean waits = new AtomicBoolean(true);
    while (waits.getAndSet(false)) {
      Set<Instant> made = Set.copyOf(encoder.chunks());
      dialect.makeChunks(transaction, hypertable, made);
      long before = copied;
      copied +=
          Statements.jdbc(
              transaction,
              hypertable,
              "append",
              connection ->
                  copy.part(
                      connection.unwrap(PGConnection.class),
                      encoder,
                      before,
                      () -> {
                        waits.set(dialect.wantsChunks() && !made.containsAll(encoder.chunks()));
                        return !waits.get();
                      }));
    }
    requireAll("stored", copied, encoder.rows());
    return copied;
  }

  private long checked(
      Transaction transaction, TenantId tenant, Dialect dialect, RowEncoder<?> encoder) {
    Statements.jdbc(transaction, hypertable, operation(), stage::prepare);
    long staged =
        Statements.jdbc(
            transaction,
            hypertable,
            operation(),
            connection -> copy.all(connection.unwrap(PGConnection.class), encoder));
    requireAll("staged", staged, encoder.rows());
    dialect.makeChunks(transaction, hypertable, encoder.chunks());
    long stored =
        Statements.jdbc(
            transaction,
            hypertable,
            operation(),
            connection ->
                telling == null
                    ? insert(connection, tenant)
                    : insertTelling(connection, telling, tenant, encoder.changes()));
    if (!replaces) {
      requireAll("stored", stored, encoder.rows());
    }
    return encoder.rows();
  }

  private long insert(Connection connection, TenantId tenant) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setObject(1, tenant.value());
      return statement.executeLargeUpdate();
    }
  }

  /** Of its four statements the third is the insert. */
  private static long insertTelling(
      Connection connection, String sql, TenantId tenant, List<TimeRange> changes)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setObject(1, tenant.value());
      statement.setArray(2, Timestamps.array(connection, changes.stream().map(TimeRange::from)));
      statement.setArray(3, Timestamps.array(connection, changes.stream().map(TimeRange::to)));
      statement.setObject(4, tenant.value());
      statement.execute();
      statement.getMoreResults();
      statement.getMoreResults();
      return statement.getLargeUpdateCount();
    }
  }

  private void requireAll(String verb, long actual, long expected) {
    if (actual != expected) {
      throw new ServerException(
          Problem.what("the server " + verb + " " + actual + " of " + expected + " rows")
              .where(hypertable.where(operation()))
              .why("a trigger or a rule took rows away or added some")
              .fix("remove it; the whole batch is rolled back"));
    }
  }
}
