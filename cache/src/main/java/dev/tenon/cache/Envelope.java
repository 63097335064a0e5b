package dev.tenon.cache;

import java.io.IOException;
import java.util.Arrays;

/** What stands around a value in Redis: one byte that names the form of the rest. */
final class Envelope {

  private static final byte PLAIN = 1;

  private Envelope() {}

  static <V> byte[] seal(Codec<V> codec, V value) throws IOException {
    byte[] encoded = codec.encode(value);
    byte[] sealed = new byte[encoded.length + 1];
    sealed[0] = PLAIN;
    System.arraycopy(encoded, 0, sealed, 1, encoded.length);
    return sealed;
  }

  static <V> V open(Codec<V> codec, byte[] sealed) throws IOException {
    if (sealed.length == 0 || sealed[0] != PLAIN) {
      throw new IOException("the envelope is not of form " + PLAIN);
    }
    return codec.decode(Arrays.copyOfRange(sealed, 1, sealed.length));
  }
}
