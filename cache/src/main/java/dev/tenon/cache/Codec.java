package dev.tenon.cache;

import java.io.IOException;
import java.util.List;

/**
 * Turns values into bytes for Redis and back.
 *
 * <p>Called by many threads at once. Bytes that it cannot read count as a miss, so it must refuse
 * what it does not understand rather than guess. When the bytes of a type change their meaning,
 * raise {@link CachePolicy#version()}.
 *
 * @param <V> the values
 */
public interface Codec<V> {

  byte[] encode(V value) throws IOException;

  V decode(byte[] bytes) throws IOException;

  /**
   * Names what the bytes are: a cached value that a codec of another name left is a miss, whether
   * this one could read it or not.
   *
   * <p>The name of its class, unless the codec says more, as the type of its values. It is asked
   * once for each entity, and every process must give the same.
   */
  default String shape() {
    return getClass().getName();
  }

  /**
   * JSON by Jackson, with {@code java.time} as ISO 8601 text.
   *
   * <p>Strict: an unknown or missing property, a null for a primitive, text after the value, and a
   * number, a text, a boolean or a list in place of another of these are errors, so a value that
   * another version of the class wrote is a miss. Its {@link #shape} tells the class and the
   * components of records with their types.
   *
   * @param type a record or another type that Jackson can write and read
   */
  static <V> Codec<V> json(Class<V> type) {
    return JacksonCodec.json(type);
  }

  /**
   * Lists of such values, unmodifiable and without nulls: the results of queries.
   *
   * @param type of the elements, as of {@link #json}
   */
  static <V> Codec<List<V>> jsonList(Class<V> type) {
    return JacksonCodec.jsonList(type);
  }

  /**
   * The same values as {@link #json} in CBOR, RFC 8949: shorter, and faster to read.
   *
   * <p>Needs {@code com.fasterxml.jackson.dataformat:jackson-dataformat-cbor}, which Tenon does not
   * bring along.
   *
   * @param type a record or another type that Jackson can write and read
   * @throws dev.tenon.core.UsageException if the library is missing
   */
  static <V> Codec<V> cbor(Class<V> type) {
    return JacksonCodec.cbor(type);
  }

  /** Bytes as they are. Whoever gets them must not change them. */
  static Codec<byte[]> bytes() {
    return new Codec<>() {
      @Override
      public byte[] encode(byte[] value) {
        return value;
      }

      @Override
      public byte[] decode(byte[] bytes) {
        return bytes;
      }

      @Override
      public String shape() {
        return "bytes";
      }
    };
  }
}
