package dev.tenon.cache.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What Redis runs as one step.
 *
 * <p>All keys of one call must be in one hash slot.
 *
 * @param name for logs and errors
 * @param text Lua; it answers a list, whose first element is the answer
 * @param digest its SHA-1, by which servers that know it run it
 */
public record RedisScript(String name, String text, String digest) {

  public static RedisScript of(String name, String text) {
    return new RedisScript(name, text, sha1(text));
  }

  private static String sha1(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}
