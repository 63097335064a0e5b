package dev.tenon.cache;

import dev.tenon.cache.internal.RedisScript;
import java.nio.charset.StandardCharsets;

/**
 * The invalidation that a transaction which wrote a value publishes: once Redis has the mark of its
 * writer, what was kept before the commit is gone, and what is there stays.
 *
 * @param token of the writer
 */
record WrittenKey(RedisKey key, String token) implements Invalidation {

  @Override
  public String service() {
    return key.service();
  }

  @Override
  public String subject() {
    return key.subject();
  }

  @Override
  public Invalidation whole() {
    return key;
  }

  @Override
  public RedisScript script() {
    return Scripts.INVALIDATE_UNLESS_WRITTEN;
  }

  /** The mark, and what is deleted without it. */
  @Override
  public String[] doomed() {
    String[] doomed = key.doomed();
    String[] keys = new String[doomed.length + 1];
    keys[0] = key.written();
    System.arraycopy(doomed, 0, keys, 1, doomed.length);
    return keys;
  }

  @Override
  public byte[][] more() {
    return new byte[][] {token.getBytes(StandardCharsets.US_ASCII)};
  }
}
