package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.CopyBuffer;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** COPY BINARY of records into a table. */
final class RowCopy {

  private static final Pattern LINE = Pattern.compile("line ([0-9]+), column ([^:]*)");
  private static final Pattern DATA_EXCEPTION = Pattern.compile("22...");

  private final Hypertable<?> hypertable;
  private final String sql;

  RowCopy(Hypertable<?> hypertable, String table) {
    this.hypertable = hypertable;
    this.sql =
        """
        copy %s (%s) from stdin (format binary)
        """
            .formatted(table, hypertable.columnList());
  }

  /** Sends what the encoder has and will have; says how many rows the server took. */
  long all(PGConnection connection, RowEncoder<?> encoder) throws SQLException {
    return part(connection, encoder, 0, () -> true);
  }

  /**
   * Sends what the encoder has, and goes on as long as it may; what was encoded last is not sent
   * then.
   *
   * @param before how many rows were sent in earlier parts, each a COPY of its own
   */
  long part(PGConnection connection, RowEncoder<?> encoder, long before, BooleanSupplier goesOn)
      throws SQLException {
    CopyIn running = connection.getCopyAPI().copyIn(sql);
    try {
      if (before > 0) {
        send(running, header());
      }
      while (true) {
        send(running, encoder.buffer());
        if (encoder.isFinished()) {
          return running.endCopy();
        }
        encoder.buffer().clear();
        encoder.fill();
        if (!goesOn.getAsBoolean()) {
          send(running, trailer());
          return running.endCopy();
        }
      }
    } catch (PSQLException refused) {
      throw located(refused, before);
    } finally {
      if (running.isActive()) {
        running.cancelCopy();
      }
    }
  }

  private static void send(CopyIn running, CopyBuffer buffer) throws SQLException {
    running.writeToCopy(buffer.bytes(), 0, buffer.size());
  }

  private static CopyBuffer header() {
    CopyBuffer buffer = new CopyBuffer(32);
    buffer.header();
    return buffer;
  }

  private static CopyBuffer trailer() {
    CopyBuffer buffer = new CopyBuffer(2);
    buffer.trailer();
    return buffer;
  }

  /** The server says which line of the COPY it refused, which is the position of the record. */
  private RuntimeException located(PSQLException refused, long before) throws PSQLException {
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
                    + (before + Long.parseLong(line.group(1)) - 1)
                    + " cannot be appended")
            .where(hypertable.where("append") + ", records counted from 0")
            .why(String.valueOf(message.getMessage()))
            .fix("correct the record; nothing of the batch was stored"),
        refused);
  }
}
