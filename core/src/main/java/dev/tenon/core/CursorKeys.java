package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * With what the cursors of pages are signed: HMAC-SHA256, by the first key; a cursor that one of
 * the others signed is taken too. Immutable and safe for use by many threads.
 */
public final class CursorKeys {

  static final int ID_BYTES = 4;
  static final int SIGNATURE_BYTES = 16;

  private static final int SHORTEST_SECRET = 32;
  private static final String ALGORITHM = "HmacSHA256";
  private static final CursorKeys UNSIGNED =
      new CursorKeys(List.of(Key.of("a cursor without a secret".getBytes(StandardCharsets.UTF_8))));

  private final List<Key> keys;

  private CursorKeys(List<Key> keys) {
    this.keys = keys;
  }

  /**
   * Keys of these secrets, the same for all instances that serve pages of one another.
   *
   * @param current signs; 32 random bytes or more
   * @param former taken still, while cursors that they signed are about
   */
  public static CursorKeys of(byte[] current, byte[]... former) {
    List<Key> keys = new ArrayList<>(List.of(Key.of(required(current))));
    for (byte[] secret : Required.require(former, "former secrets", "CursorKeys.of")) {
      keys.add(Key.of(required(secret)));
    }
    return new CursorKeys(List.copyOf(keys));
  }

  /**
   * No secret: cursors carry a checksum. One that was damaged, cut, or made for another request is
   * refused; one that somebody computed anew is not, and leads to another place in the caller's own
   * rows.
   */
  public static CursorKeys unsigned() {
    return UNSIGNED;
  }

  private static byte[] required(byte[] secret) {
    Required.require(secret, "secret", "CursorKeys.of");
    if (secret.length < SHORTEST_SECRET) {
      throw new UsageException(
          Problem.what("the secret has " + secret.length + " bytes")
              .where("CursorKeys.of")
              .why("a signature is as hard to forge as its secret is to guess")
              .fix("pass " + SHORTEST_SECRET + " random bytes, such as openssl rand makes"));
    }
    return secret;
  }

  /** The name of the key that signs, and the signature of what stands in these parts. */
  Signed sign(byte[]... parts) {
    return new Signed(keys.get(0).id(), keys.get(0).signature(parts));
  }

  boolean knows(byte[] id) {
    return keys.stream().anyMatch(key -> Arrays.equals(key.id(), id));
  }

  boolean isSigned(Signed signed, byte[]... parts) {
    return keys.stream()
        .anyMatch(
            key ->
                Arrays.equals(key.id(), signed.key())
                    && MessageDigest.isEqual(key.signature(parts), signed.signature()));
  }

  /** Says how many there are. */
  @Override
  public String toString() {
    return this == UNSIGNED ? "CursorKeys[unsigned]" : "CursorKeys[" + keys.size() + "]";
  }

  /**
   * A signature.
   *
   * @param key the name of the key that made it, which tells nothing of the key
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Signed(byte[] key, byte[] signature) {}

  /**
   * A secret and its name.
   *
   * @param ready never used itself but copied for each signature, because to set one up takes
   *     longer than to sign
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Key(byte[] id, SecretKeySpec secret, Mac ready) {

    static Key of(byte[] secret) {
      SecretKeySpec key = new SecretKeySpec(secret, ALGORITHM);
      byte[] name = "the name of this key".getBytes(StandardCharsets.UTF_8);
      return new Key(Arrays.copyOf(signed(mac(key), name), ID_BYTES), key, mac(key));
    }

    byte[] signature(byte[]... parts) {
      return Arrays.copyOf(signed(copy(), parts), SIGNATURE_BYTES);
    }

    private Mac copy() {
      try {
        return (Mac) ready.clone();
      } catch (CloneNotSupportedException provider) {
        return mac(secret);
      }
    }

    private static Mac mac(SecretKeySpec secret) {
      try {
        Mac mac = Mac.getInstance(ALGORITHM);
        mac.init(secret);
        return mac;
      } catch (GeneralSecurityException missing) {
        throw new IllegalStateException("every Java platform has " + ALGORITHM, missing);
      }
    }

    private static byte[] signed(Mac mac, byte[]... parts) {
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    }
  }
}
