package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.CopyBuffer;
import dev.tenon.core.internal.UnfitValueException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Many rows through a stage.
 *
 * <p>All columns but an embedding of numbers are staged as text, which is their binary form too,
 * and cast on the way to the table; so the stage needs no encoder per type. {@code seq} is the
 * position in the stream: of rows with the same id only the last stays.
 */
final class BulkLoad<T> {

  private static final String UNDEFINED_FUNCTION = "42883";

  private final VectorTable<T> table;
  private final String copy;
  private final String dropOlder;
  private final String insert;

  BulkLoad(VectorTable<T> table) {
    this.table = table;
    String stage = table.stage().table();
    this.copy = "copy " + stage + " from stdin (format binary)";
    this.dropOlder =
        """
        delete from %1$s older using %1$s newer
         where newer.c%2$d = older.c%2$d and newer.seq > older.seq
        """
            .formatted(stage, table.id());
    this.insert = UpsertSql.ofStage(table, stage);
  }

  static String position(String place, long position) {
    return place + ", record " + position;
  }

  LoadReport run(Session session, String operation, Stream<? extends T> records) {
    TenantId tenant = table.requireTenant(session, operation);
    String place = table.place(operation);
    try {
      return session.transactionResult(
          transaction -> {
            transaction.jdbc(table.stage()::prepare);
            return transaction.jdbc(
                connection -> load(connection, tenant, place, records.iterator()));
          });
    } catch (UsageException error) {
      if (ExtensionFaults.isOfExtension(error)) {
        throw ExtensionFaults.explained(error, place);
      }
      if (error.sqlState().filter(UNDEFINED_FUNCTION::equals).isPresent()) {
        throw stageless(error, place);
      }
      throw error;
    }
  }

  private LoadReport load(
      Connection connection, TenantId tenant, String place, Iterator<? extends T> records)
      throws SQLException {
    SeenIds seen = new SeenIds();
    long read = stage(connection, place, records, seen);
    try (Statement statement = connection.createStatement()) {
      long repeated = seen.areDifferent() ? 0 : statement.executeLargeUpdate(dropOlder);
      long written = insert(connection, tenant);
      requireEqual(read - repeated, written, "written to the table", place);
      return new LoadReport(read, written);
    }
  }

  private static UsageException stageless(UsageException error, String place) {
    return new UsageException(
        Problem.what("the function that makes the stage of the load is missing")
            .where(place)
            .why("the server says: " + error.problem().what())
            .fix(
                "run the repository's stageSql() as the owner of the table, in a migration;"
                    + " tableSql() includes it"),
        error.getCause());
  }

  private long stage(
      Connection connection, String place, Iterator<? extends T> records, SeenIds seen)
      throws SQLException {
    CopyIn running = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(copy);
    try {
      CopyRows rows = new CopyRows(running);
      long read = 0;
      while (records.hasNext()) {
        put(rows, records.next(), read, position(place, read), seen);
        read++;
      }
      requireEqual(read, rows.finish(), "taken by COPY", place);
      return read;
    } finally {
      if (running.isActive()) {
        running.cancelCopy();
      }
    }
  }

  private void put(CopyRows rows, T record, long seq, String where, SeenIds seen)
      throws SQLException {
    Object vector = table.check(record, where);
    seen.add(table.columns().value(record, table.id()));
    RecordColumns<T> columns = table.columns();
    rows.buffer().rowOf(columns.size() + 1);
    rows.buffer().longValue(seq);
    for (int i = 0; i < columns.size(); i++) {
      if (i == columns.embedding() && vector instanceof float[] components) {
        rows.vectorValue(components);
      } else {
        putText(
            rows.buffer(),
            i == columns.embedding() ? vector : columns.value(record, i),
            where + ", column " + columns.names().get(i));
      }
    }
    rows.endRow();
  }

  private static void putText(CopyBuffer buffer, @Nullable Object value, String where) {
    if (value == null) {
      buffer.nullValue();
      return;
    }
    try {
      buffer.textValue(StageText.of(value));
    } catch (UnfitValueException error) {
      throw new InvalidDataException(
          Problem.what("a text cannot be stored: " + error.reason())
              .where(where)
              .why("PostgreSQL stores valid UTF-8 without the null character, below 1 GiB")
              .fix("correct the text before storing it"),
          error);
    } catch (InvalidDataException error) {
      throw new InvalidDataException(error.problem().where(where), error.getCause());
    }
  }

  private long insert(Connection connection, TenantId tenant) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      statement.setObject(1, tenant.value());
      return statement.executeLargeUpdate();
    }
  }

  private static void requireEqual(long expected, long actual, String what, String place) {
    if (expected != actual) {
      throw new ServerException(
          Problem.what(actual + " rows were " + what + " instead of " + expected)
              .where(place)
              .why("a trigger or a rule of the table suppressed the others")
              .fix("look at the triggers and rules of the table"));
    }
  }
}
