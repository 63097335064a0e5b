package dev.tenon.cache.ephemeral;

import dev.tenon.cache.Codec;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What callers pass, checked before Redis is asked, and as the bytes that it is sent as. */
final class Arguments {

  static final int LONGEST_TEXT = 512;
  static final int MOST_BYTES = 1 << 20;
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(3650);

  private Arguments() {}

  /** A duration of 1 ms to 10 years, in whole milliseconds. */
  static Duration duration(String place, String name, Duration value) {
    Required.require(value, name, place);
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new UsageException(
          Problem.what(name + " is " + value)
              .where(place)
              .why("what is kept in Redis must expire, and Redis counts in milliseconds")
              .fix("pass 1 ms to 10 years"));
    }
    return Duration.ofMillis(value.toMillis());
  }

  static long between(String place, String name, long value, long lowest, long highest) {
    if (value < lowest || value > highest) {
      throw new UsageException(
          Problem.what(name + " is " + value)
              .where(place)
              .why("it is out of range")
              .fix("pass " + lowest + " to " + highest));
    }
    return value;
  }

  static byte[] number(long value) {
    return Long.toString(value).getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] millis(Duration duration) {
    return number(duration.toMillis());
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** At most 512 characters as UTF-8, strictly: what it cannot hold would meet as one mark. */
  static byte[] text(String place, String name, @Nullable String value) {
    if (value == null || value.length() > LONGEST_TEXT) {
      throw new InvalidDataException(
          Problem.what(
                  "the "
                      + name
                      + (value == null ? " is null" : " has " + value.length() + " characters"))
              .where(place)
              .why("it is stored with each entry")
              .fix("pass at most " + LONGEST_TEXT + " characters"));
    }
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException halfACharacter) {
      throw new InvalidDataException(
          Problem.what("the " + name + " has half a surrogate pair")
              .where(place)
              .why("UTF-8 cannot hold it")
              .fix("pass text of whole characters"),
          halfACharacter);
    }
  }

  /** What the codec makes of a value, at most 1 MiB. */
  static <V> byte[] encoded(String place, Codec<V> codec, V value) {
    return encoded(place, codec, value, MOST_BYTES);
  }

  static <V> byte[] encoded(String place, Codec<V> codec, V value, int most) {
    Required.require(value, "value", place);
    byte[] bytes;
    try {
      bytes = codec.encode(value);
    } catch (IOException | RuntimeException error) {
      throw new InvalidDataException(
          Problem.what("a value of " + value.getClass().getTypeName() + " cannot be encoded")
              .where(place)
              .why("the codec refused it: " + Problem.excerpt(error.getMessage()))
              .fix("pass a value that the codec can write"),
          error);
    }
    if (bytes.length > most) {
      throw new InvalidDataException(
          Problem.what("a value has " + bytes.length + " bytes")
              .where(place)
              .why("Redis serves nobody else while it moves a large value")
              .fix("keep at most " + most + " bytes, and more in the database"));
    }
    return bytes;
  }

  /** The value that the bytes are. */
  static <V> V decoded(String place, Codec<V> codec, byte[] bytes) {
    try {
      return codec.decode(bytes);
    } catch (IOException | RuntimeException error) {
      throw new InvalidDataException(
          Problem.what("a value of " + bytes.length + " bytes in Redis cannot be decoded")
              .where(place)
              .why("another version of its type may have written it")
              .fix("use another name for values of another shape"),
          error);
    }
  }
}
