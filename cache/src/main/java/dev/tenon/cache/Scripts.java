package dev.tenon.cache;

import dev.tenon.cache.internal.RedisScript;

/**
 * What Redis runs, each atomic. A {@code list} answer keeps one shape for all of them.
 *
 * <p>All keys of one call are in one hash slot.
 */
final class Scripts {
  /**
   * The value, or the right to load it. KEYS: value, lease. ARGV: token, milliseconds. Answers
   * {@code {value}}, {@code {1}} where the lease was taken, {@code {0}} where another holds it.
   */
  static final RedisScript READ =
      RedisScript.of(
          "READ",
          """
      local value = redis.call('get', KEYS[1])
      if value then return {value} end
      if redis.call('set', KEYS[2], ARGV[1], 'nx', 'px', ARGV[2]) then return {1} end
      return {0}
      """);

  /**
   * Gives up a value that nobody can decode for the right to load it. KEYS: value, lease. ARGV:
   * token, milliseconds, the bytes. Answers like {@link #READ}, without a value.
   */
  static final RedisScript REPLACE =
      RedisScript.of(
          "REPLACE",
          """
      if redis.call('get', KEYS[1]) == ARGV[3] then redis.call('del', KEYS[1]) end
      if redis.call('set', KEYS[2], ARGV[1], 'nx', 'px', ARGV[2]) then return {1} end
      return {0}
      """);

  /**
   * Keeps a loaded value while the lease is still there. KEYS: value, lease. ARGV: token,
   * milliseconds, the bytes. Answers {@code {1}} or, where an invalidation overtook the load,
   * {@code {0}}.
   */
  static final RedisScript FILL =
      RedisScript.of(
          "FILL",
          """
      if redis.call('get', KEYS[2]) ~= ARGV[1] then return {0} end
      redis.call('set', KEYS[1], ARGV[3], 'px', ARGV[2])
      redis.call('del', KEYS[2])
      return {1}
      """);

  /** Gives a lease back without a value. KEYS: lease. ARGV: token. */
  static final RedisScript RELEASE =
      RedisScript.of(
          "RELEASE",
          """
      if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
      return {1}
      """);

  /**
   * Deletes values and lease, and tells every process. KEYS: all of them. ARGV: channel, message.
   */
  static final RedisScript INVALIDATE =
      RedisScript.of(
          "INVALIDATE",
          """
      redis.call('del', unpack(KEYS))
      redis.call('publish', ARGV[1], ARGV[2])
      return {1}
      """);

  private Scripts() {}
}
