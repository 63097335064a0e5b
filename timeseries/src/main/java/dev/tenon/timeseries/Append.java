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
  private final String insert;
  private final @Nullable String telling;

  Append(Hypertable<?> hypertable) {
    this.hypertable = hypertable;
    this.stage = hypertable.stage();
    String columns = hypertable.columnList();
    this.copy =
        new RowCopy(hypertable, hypertable.shared() ? hypertable.quotedTable() : stage.table());
    this.insert =
        """
        insert into %1$s (%2$s, %3$s)
        select ?, %3$s from %4$s
        """
            .formatted(
                hypertable.quotedTable(),
                Hypertable.quote(hypertable.tenantColumn()),
                columns,
                stage.table());
    this.telling =
        hypertable.rollups().isEmpty() ? null : new ChangeLog(hypertable).telling(insert);
  }

  /** Sends what the encoder has and will have; all in this transaction. */
  long run(Transaction transaction, TenantId tenant, Dialect dialect, RowEncoder<?> encoder) {
    return hypertable.shared()
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
    Statements.jdbc(transaction, hypertable, "append", stage::prepare);
    long staged =
        Statements.jdbc(
            transaction,
            hypertable,
            "append",
            connection -> copy.all(connection.unwrap(PGConnection.class), encoder));
    requireAll("staged", staged, encoder.rows());
    dialect.makeChunks(transaction, hypertable, encoder.chunks());
    long stored =
        Statements.jdbc(
            transaction,
            hypertable,
            "append",
            connection ->
                telling == null
                    ? insert(connection, tenant)
                    : insertTelling(connection, telling, tenant, encoder.changes()));
    requireAll("stored", stored, encoder.rows());
    return stored;
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
              .where(hypertable.where("append"))
              .why("a trigger or a rule took rows away or added some")
              .fix("remove it; the whole batch is rolled back"));
    }
  }
}
