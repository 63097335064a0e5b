package dev.tenon.cache;

import dev.tenon.core.internal.Required;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What Redis holds of a value behind the time until which it is fresh: the CRC-32C of what follows
 * in 4 bytes, that of its codec's {@link Codec#shape} in 4 bytes, a byte of flags, how many
 * milliseconds the load took in 4 bytes, the tags if there are any, and the codec's bytes.
 *
 * @param value null where it is known that there is none
 * @param loadMillis how long the loader took
 * @param readAt Redis' time before the loader began; only values with tags have it
 * @param tags that end it
 */
record StoredValue<V>(@Nullable V value, int loadMillis, long readAt, List<String> tags) {

  /** Of {@link Scripts}: the form and the time in front of everything. */
  static final int HEAD = 14;

  private static final byte FORM = '4';
  private static final int SUM = Integer.BYTES;
  private static final int NEGATIVE = 1;
  private static final int COMPRESSED = 2;
  private static final int TAGGED = 4;
  private static final int KNOWN_FLAGS = NEGATIVE | COMPRESSED | TAGGED;

  StoredValue {
    tags = List.copyOf(tags);
  }

  /** A value is longer than its policy allows. */
  static final class TooLargeException extends IOException {

    private static final long serialVersionUID = 1;

    TooLargeException(int bytes, int most) {
      super("the value has " + bytes + " bytes, " + most + " are allowed");
    }
  }

  /** Everything but the head, which Redis writes. */
  byte[] seal(Codec<V> codec, int shape, CachePolicy policy) throws IOException {
    V present = value;
    byte[] encoded = present == null ? new byte[0] : codec.encode(present);
    if (encoded.length > policy.largestValue()) {
      throw new TooLargeException(encoded.length, policy.largestValue());
    }
    boolean compressed = encoded.length >= policy.compressedFrom() && encoded.length > 0;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length + HEAD);
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(0);
    out.writeInt(shape);
    out.writeByte(
        (present == null ? NEGATIVE : 0)
            | (compressed ? COMPRESSED : 0)
            | (tags.isEmpty() ? 0 : TAGGED));
    out.writeInt(loadMillis);
    if (!tags.isEmpty()) {
      out.writeLong(readAt);
      out.writeShort(tags.size());
      for (String tag : tags) {
        out.writeUTF(tag);
      }
    }
    if (compressed) {
      Deflater deflater = new Deflater(Deflater.BEST_SPEED);
      try (DeflaterOutputStream deflated = new DeflaterOutputStream(out, deflater)) {
        deflated.write(encoded);
      } finally {
        deflater.end();
      }
    } else {
      out.write(encoded);
    }
    byte[] sealed = bytes.toByteArray();
    ByteBuffer.wrap(sealed).putInt(sum(sealed, SUM));
    return sealed;
  }

  /** What values of a codec are known by. */
  static int shapeOf(Codec<?> codec) {
    String shape = Required.require(codec.shape(), "shape of the codec", "Cache.entity");
    return sum(shape.getBytes(StandardCharsets.UTF_8), 0);
  }

  private static int sum(byte[] bytes, int from) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, from, bytes.length - from);
    return (int) sum.getValue();
  }

  /** Until when it is fresh, by Redis' clock; of bytes that {@link #open} can read. */
  static long freshUntil(byte[] stored) throws IOException {
    if (stored.length <= HEAD + SUM || stored[0] != FORM) {
      throw new IOException("the value is not of form " + (char) FORM);
    }
    long millis = 0;
    for (int i = 1; i < HEAD; i++) {
      int digit = stored[i] - '0';
      if (digit < 0 || digit > 9) {
        throw new IOException("the value has no time");
      }
      millis = millis * 10 + digit;
    }
    return millis;
  }

  /**
   * Reads what {@link #seal} wrote.
   *
   * @throws IOException if somebody else did
   */
  static <V> StoredValue<V> open(Codec<V> codec, int shape, CachePolicy policy, byte[] stored)
      throws IOException {
    long unused = freshUntil(stored);
    int from = HEAD + SUM;
    if (ByteBuffer.wrap(stored).getInt(HEAD) != sum(stored, from)) {
      throw new IOException("the value is not what was written");
    }
    ByteBuffer in = ByteBuffer.wrap(stored, from, stored.length - from);
    try {
      if (in.getInt() != shape) {
        throw new IOException("a codec of another shape wrote the value");
      }
      return open(codec, policy, in);
    } catch (BufferUnderflowException cut) {
      throw new IOException("the value ends before its end", cut);
    }
  }

  private static <V> StoredValue<V> open(Codec<V> codec, CachePolicy policy, ByteBuffer in)
      throws IOException {
    int flags = in.get();
    if ((flags & ~KNOWN_FLAGS) != 0) {
      throw new IOException("the value has unknown flags");
    }
    int loadMillis = in.getInt();
    boolean isTagged = (flags & TAGGED) != 0;
    long readAt = isTagged ? in.getLong() : 0;
    List<String> tags = isTagged ? tags(in) : List.of();
    if ((flags & NEGATIVE) != 0) {
      if (in.hasRemaining()) {
        throw new IOException("there is something behind a value that is none");
      }
      return new StoredValue<>(null, loadMillis, readAt, tags);
    }
    byte[] encoded = (flags & COMPRESSED) == 0 ? rest(in) : inflated(in, policy.largestValue());
    V value = codec.decode(encoded);
    if (value == null) {
      throw new IOException("the codec answers null");
    }
    return new StoredValue<>(value, loadMillis, readAt, tags);
  }

  private static List<String> tags(ByteBuffer in) throws IOException {
    int count = Short.toUnsignedInt(in.getShort());
    if (count > Loading.MOST_TAGS) {
      throw new IOException("the value has " + count + " tags");
    }
    DataInputStream texts = new DataInputStream(new ByteArrayInputStream(rest(in.duplicate())));
    List<String> tags = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String tag = texts.readUTF();
      if (tag.isEmpty() || tag.length() > Loading.LONGEST_TAG) {
        throw new IOException("the value has a tag of " + tag.length() + " characters");
      }
      tags.add(tag);
    }
    in.position(in.limit() - texts.available());
    return tags;
  }

  private static byte[] rest(ByteBuffer in) {
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    return rest;
  }

  private static byte[] inflated(ByteBuffer in, int most) throws IOException {
    try (InflaterInputStream inflater =
        new InflaterInputStream(new ByteArrayInputStream(rest(in)))) {
      byte[] encoded = inflater.readNBytes(most);
      if (inflater.read() >= 0) {
        throw new TooLargeException(most + 1, most);
      }
      return encoded;
    }
  }
}
