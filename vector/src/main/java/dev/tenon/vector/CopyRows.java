package dev.tenon.vector;

import dev.tenon.core.internal.CopyBuffer;
import java.sql.SQLException;
import org.postgresql.copy.CopyIn;

/** Rows on their way into a COPY, sent in pieces of 64 KiB. */
final class CopyRows {

  private static final int PIECE = 64 * 1024;

  private final CopyIn copy;
  private final CopyBuffer buffer = new CopyBuffer(2 * PIECE);

  CopyRows(CopyIn copy) {
    this.copy = copy;
    buffer.header();
  }

  /** Where the values of the current row go. */
  CopyBuffer buffer() {
    return buffer;
  }

  /**
   * The binary form of pgvector's {@code vector}: its dimensions, two bytes unused, its components.
   */
  void vectorValue(float[] components) {
    buffer.headedFloatsValue(components.length << Short.SIZE, components);
  }

  void endRow() throws SQLException {
    if (buffer.size() >= PIECE) {
      send();
    }
  }

  /** Ends the data; the number of rows that the server took. */
  long finish() throws SQLException {
    buffer.trailer();
    send();
    return copy.endCopy();
  }

  private void send() throws SQLException {
    copy.writeToCopy(buffer.bytes(), 0, buffer.size());
    buffer.clear();
  }
}
