package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.CopyBuffer;
import dev.tenon.core.internal.CopyStage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The way of rows into a table with row-level security: COPY into the session's stage, then one
 * INSERT from there, which the policies check row by row.
 */
final class Append {

  private static final Pattern LINE = Pattern.compile("line ([0-9]+), column ([^:]*)");
  private static final Pattern DATA_EXCEPTION = Pattern.compile("22...");

  private final Hypertable<?> hypertable;
  private final CopyStage stage;
  private final String copy;
  private final String insert;
  private final @Nullable String telling;

  Append(Hypertable<?> hypertable) {
    this.hypertable = hypertable;
    this.stage = hypertable.stage();
    String columns = hypertable.columnList();
    this.copy =
        """
        copy %s (%s) from stdin (format binary)
        """
            .formatted(stage.table(), columns);
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
    Statements.jdbc(transaction, hypertable, "append", stage::prepare);
    long staged =
        Statements.jdbc(
            transaction,
            hypertable,
            "append",
            connection -> stage(connection.unwrap(PGConnection.class), encoder));
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

  private long stage(PGConnection connection, RowEncoder<?> encoder) throws SQLException {
    CopyIn running = connection.getCopyAPI().copyIn(copy);
    try {
      CopyBuffer buffer = encoder.buffer();
      while (true) {
        running.writeToCopy(buffer.bytes(), 0, buffer.size());
        if (encoder.isFinished()) {
          return running.endCopy();
        }
        buffer.clear();
        encoder.fill();
      }
    } catch (PSQLException refused) {
      throw located(refused);
    } finally {
      if (running.isActive()) {
        running.cancelCopy();
      }
    }
  }

  /** The server says which line of the COPY it refused, which is the position of the record. */
  private RuntimeException located(PSQLException refused) throws PSQLException {
    ServerErrorMessage message = refused.getServerErrorMessage();
    Matcher line = LINE.matcher(String.valueOf(message == null ? null : message.getWhere()));
    if (message == null
        || !DATA_EXCEPTION.matcher(refused.getSQLState()).matches()
        || !line.find()) {
      throw refused;
    }
    return new InvalidDataException(
        Problem.what(
                "the column "
                    + line.group(2)
                    + " of record "
                    + (Long.parseLong(line.group(1)) - 1)
                    + " cannot be appended")
            .where(hypertable.where("append") + ", records counted from 0")
            .why(String.valueOf(message.getMessage()))
            .fix("correct the record; nothing of the batch was stored"),
        refused);
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
