package dev.tenon.vector;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.postgresql.copy.CopyIn;

/**
 * Rows in the binary format of COPY, sent in pieces of 64 KiB.
 *
 * <p>The format is that of <a
 * href="https://www.postgresql.org/docs/17/sql-copy.html#id-1.9.3.55.9.4">COPY, Binary Format</a>;
 * the vector in it that of pgvector's {@code vector_recv}.
 */
final class CopyBuffer {

  private static final int PIECE = 64 * 1024;
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0
  };

  private final CopyIn copy;
  private final CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
  private ByteBuffer bytes = ByteBuffer.allocate(2 * PIECE);

  CopyBuffer(CopyIn copy) {
    this.copy = copy;
    bytes.put(SIGNATURE).putInt(0).putInt(0);
  }

  void beginRow(int fields) {
    room(Short.BYTES).putShort((short) fields);
  }

  void putNull() {
    room(Integer.BYTES).putInt(-1);
  }

  void putLong(long value) {
    room(Integer.BYTES + Long.BYTES).putInt(Long.BYTES).putLong(value);
  }

  /**
   * Puts a text as it is.
   *
   * @throws CharacterCodingException if it holds half of a surrogate pair, which the usual encoding
   *     would silently turn into a question mark
   */
  void putText(String value) throws CharacterCodingException {
    ByteBuffer encoded = utf8.encode(CharBuffer.wrap(value));
    room(Integer.BYTES + encoded.remaining()).putInt(encoded.remaining()).put(encoded);
  }

  void putVector(float[] vector) {
    int length = 2 * Short.BYTES + vector.length * Float.BYTES;
    room(Integer.BYTES + length).putInt(length).putShort((short) vector.length).putShort((short) 0);
    bytes.asFloatBuffer().put(vector);
    bytes.position(bytes.position() + vector.length * Float.BYTES);
  }

  void endRow() throws SQLException {
    if (bytes.position() >= PIECE) {
      send();
    }
  }

  /** Ends the data; the number of rows that the server took. */
  long finish() throws SQLException {
    room(Short.BYTES).putShort((short) -1);
    send();
    return copy.endCopy();
  }

  private void send() throws SQLException {
    copy.writeToCopy(bytes.array(), 0, bytes.position());
    bytes.clear();
  }

  private ByteBuffer room(int length) {
    if (bytes.remaining() < length) {
      int wanted = Math.addExact(bytes.position(), length);
      bytes = ByteBuffer.allocate(Math.max(wanted, 2 * bytes.capacity())).put(bytes.flip());
    }
    return bytes;
  }
}
