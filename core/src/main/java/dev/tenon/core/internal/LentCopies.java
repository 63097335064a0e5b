package dev.tenon.core.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyDual;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOperation;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The driver's COPY, which looks at each text and ends with the loan; its rows go as ever. */
final class LentCopies extends CopyManager {

  private static final Logger LOG = LoggerFactory.getLogger(LentCopies.class);

  private final LentDriver driver;
  private @Nullable CopyOperation last;

  LentCopies(BaseConnection connection, LentDriver driver) throws SQLException {
    super(connection);
    this.driver = driver;
  }

  @Override
  public CopyIn copyIn(String sql) throws SQLException {
    driver.beforeCopy(sql);
    return begun(super.copyIn(sql));
  }

  @Override
  public CopyOut copyOut(String sql) throws SQLException {
    driver.beforeCopy(sql);
    return begun(super.copyOut(sql));
  }

  @Override
  public long copyOut(String sql, OutputStream to) throws SQLException, IOException {
    return copyOut(sql, to::write);
  }

  @Override
  public long copyOut(String sql, Writer to) throws SQLException, IOException {
    return copyOut(sql, row -> to.write(new String(row, StandardCharsets.UTF_8)));
  }

  /** Takes the rows of a COPY. */
  private interface Sink {
    void write(byte[] row) throws IOException;
  }

  /** Not as the driver does, which cancels where the writing fails, and leaves rows in the way. */
  private long copyOut(String sql, Sink sink) throws SQLException, IOException {
    CopyOut copy = copyOut(sql);
    try {
      for (byte[] row = copy.readFromCopy(); row != null; row = copy.readFromCopy()) {
        sink.write(row);
      }
      return copy.getHandledRowCount();
    } finally {
      end();
    }
  }

  @Override
  public CopyDual copyDual(String sql) throws SQLException {
    driver.beforeCopy(sql);
    return begun(super.copyDual(sql));
  }

  private <C extends CopyOperation> C begun(C copy) {
    last = copy;
    return copy;
  }

  /** The driver would wait for itself for ever with the next statement. */
  boolean end() {
    CopyOperation running = last;
    if (running == null || !running.isActive()) {
      return false;
    }
    try {
      if (running instanceof CopyOut out && !(running instanceof CopyIn)) {
        drain(out);
      } else {
        running.cancelCopy();
      }
    } catch (SQLException error) {
      LOG.debug("a COPY that was left open ended with an error", error);
    }
    return true;
  }

  /** A cancelled one would leave its rows in the way of the next answer. */
  private static void drain(CopyOut out) throws SQLException {
    byte[] row = out.readFromCopy();
    while (row != null) {
      row = out.readFromCopy();
    }
  }
}
