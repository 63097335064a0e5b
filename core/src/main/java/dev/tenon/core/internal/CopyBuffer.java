package dev.tenon.core.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes in the format of <a href="https://www.postgresql.org/docs/17/sql-copy.html">COPY …
 * BINARY</a>, growing as needed.
 */
public final class CopyBuffer {

  /** PostgreSQL stores no value of 1 GiB; a quarter of that keeps the arithmetic in ints. */
  public static final int LONGEST_VALUE = 1 << 28;

  private static final byte[] SIGNATURE =
      "PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final int NULL_LENGTH = -1;
  private static final VarHandle SHORT = bigEndian(short[].class);
  private static final VarHandle INT = bigEndian(int[].class);
  private static final VarHandle LONG = bigEndian(long[].class);

  private byte[] bytes;
  private int size;

  public CopyBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  public byte[] bytes() {
    return bytes;
  }

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  public void header() {
    raw(SIGNATURE);
    reserve(8);
    INT.set(bytes, size, 0);
    INT.set(bytes, size + 4, 0);
    size += 8;
  }

  public void rowOf(int columns) {
    reserve(2);
    SHORT.set(bytes, size, (short) columns);
    size += 2;
  }

  public void trailer() {
    rowOf(-1);
  }

  public void nullValue() {
    length(NULL_LENGTH);
  }

  public void booleanValue(boolean value) {
    length(1);
    reserve(1);
    bytes[size++] = (byte) (value ? 1 : 0);
  }

  public void shortValue(short value) {
    reserve(6);
    INT.set(bytes, size, 2);
    SHORT.set(bytes, size + 4, value);
    size += 6;
  }

  public void intValue(int value) {
    reserve(8);
    INT.set(bytes, size, 4);
    INT.set(bytes, size + 4, value);
    size += 8;
  }

  public void longValue(long value) {
    reserve(12);
    INT.set(bytes, size, 8);
    LONG.set(bytes, size + 4, value);
    size += 12;
  }

  public void pairOfLongs(long high, long low) {
    reserve(20);
    INT.set(bytes, size, 16);
    LONG.set(bytes, size + 4, high);
    LONG.set(bytes, size + 12, low);
    size += 20;
  }

  /** A header and floats, as pgvector's {@code vector} travels. */
  public void headedFloatsValue(int header, float[] values) {
    int length = Integer.BYTES + values.length * Float.BYTES;
    reserve(Integer.BYTES + length);
    INT.set(bytes, size, length);
    INT.set(bytes, size + 4, header);
    size += 8;
    ByteBuffer.wrap(bytes, size, values.length * Float.BYTES).asFloatBuffer().put(values);
    size += values.length * Float.BYTES;
  }

  public void bytesValue(byte[] value) throws UnfitValueException {
    if (value.length > LONGEST_VALUE) {
      throw UnfitValueException.tooLong();
    }
    length(value.length);
    raw(value);
  }

  public void textValue(String value) throws UnfitValueException {
    int start = openValue(value.length());
    text(value);
    closeValue(start);
  }

  /** A version byte and text, as jsonb travels. */
  public void versionedTextValue(int version, String value) throws UnfitValueException {
    int start = openValue(value.length());
    reserve(1);
    bytes[size++] = (byte) version;
    text(value);
    closeValue(start);
  }

  private int openValue(int characters) throws UnfitValueException {
    if (characters > LONGEST_VALUE / 3) {
      throw UnfitValueException.tooLong();
    }
    int start = size;
    length(0);
    return start;
  }

  private void closeValue(int start) {
    INT.set(bytes, start, size - start - 4);
  }

  private void text(String value) throws UnfitValueException {
    int length = value.length();
    reserve(length * 3);
    int next = size;
    for (int i = 0; i < length; i++) {
      char character = value.charAt(i);
      if (character == 0) {
        throw new UnfitValueException("it contains the character U+0000, which text cannot hold");
      }
      if (character < 0x80) {
        bytes[next++] = (byte) character;
      } else if (character < 0x800) {
        bytes[next++] = (byte) (0xC0 | (character >> 6));
        bytes[next++] = continuation(character);
      } else if (!Character.isSurrogate(character)) {
        bytes[next++] = (byte) (0xE0 | (character >> 12));
        bytes[next++] = continuation(character >> 6);
        bytes[next++] = continuation(character);
      } else {
        int codePoint = value.codePointAt(i++);
        if (!Character.isSupplementaryCodePoint(codePoint)) {
          throw new UnfitValueException("it contains half of a surrogate pair");
        }
        bytes[next++] = (byte) (0xF0 | (codePoint >> 18));
        bytes[next++] = continuation(codePoint >> 12);
        bytes[next++] = continuation(codePoint >> 6);
        bytes[next++] = continuation(codePoint);
      }
    }
    size = next;
  }

  private static byte continuation(int bits) {
    return (byte) (0x80 | (bits & 0x3F));
  }

  private void length(int length) {
    reserve(4);
    INT.set(bytes, size, length);
    size += 4;
  }

  private void raw(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }
  }

  private static VarHandle bigEndian(Class<?> arrayType) {
    return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.BIG_ENDIAN);
  }
}
