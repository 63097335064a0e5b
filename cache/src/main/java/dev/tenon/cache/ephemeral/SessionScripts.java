package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;

/**
 * What Redis runs for sessions. KEYS: session, index of the user's sessions by the time when they
 * end. ARGV: milliseconds that a session outlives its last use, its member in the index. Times are
 * milliseconds since 1970 on the clock of Redis.
 */
final class SessionScripts {

  /** Moves both keys on to when the session ends now, at most its latest end. */
  private static final String MOVE =
      """
      local time = redis.call('time')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local function move(latest)
        local ends = math.min(now + tonumber(ARGV[1]), latest)
        redis.call('pexpireat', KEYS[1], ends)
        redis.call('zremrangebyscore', KEYS[2], '-inf', now)
        redis.call('zadd', KEYS[2], ends, ARGV[2])
        if redis.call('pttl', KEYS[2]) < 0 then
          redis.call('pexpireat', KEYS[2], ends)
        else
          redis.call('pexpireat', KEYS[2], ends, 'gt')
        end
      end
      """;

  /**
   * Answers {@code {{}}} where there is no such session any more. One that ends now is gone too: to
   * expire at a time that has passed deletes it, and what is written behind that would stay.
   */
  private static final String USE =
      MOVE
          + """
      local latest = redis.call('hget', KEYS[1], 'ends')
      if not latest or tonumber(latest) <= now then return {{}} end
      move(tonumber(latest))
      """;

  /** ARGV also: milliseconds to the latest end, user. Answers {@code {{created, latest end}}}. */
  static final RedisScript CREATE =
      RedisScript.of(
          "CREATE",
          MOVE
              + """
      local latest = now + tonumber(ARGV[3])
      redis.call('hset', KEYS[1], 'user', ARGV[4], 'created', now, 'ends', latest)
      move(latest)
      return {{now, latest}}
      """);

  /** Answers {@code {{field, value, …}}}. */
  static final RedisScript FIND =
      RedisScript.of("FIND", USE + "return {redis.call('hgetall', KEYS[1])}\n");

  /**
   * Sets an attribute. ARGV also: field, value, the most fields, and where it must be as it was:
   * {@code absent}, or {@code equal} and the old value. Answers {@code {{1}}}, {@code {{0}}} where
   * it was not, {@code {{-1}}} where there are too many.
   */
  static final RedisScript PUT =
      RedisScript.of(
          "PUT",
          USE
              + """
      local old = redis.call('hget', KEYS[1], ARGV[3])
      if ARGV[6] == 'absent' and old or ARGV[6] == 'equal' and old ~= ARGV[7] then return {{0}} end
      if not old and redis.call('hlen', KEYS[1]) >= tonumber(ARGV[5]) then return {{-1}} end
      redis.call('hset', KEYS[1], ARGV[3], ARGV[4])
      return {{1}}
      """);

  /** ARGV also: field. Answers {@code {{1}}}. */
  static final RedisScript REMOVE =
      RedisScript.of("REMOVE", USE + "redis.call('hdel', KEYS[1], ARGV[3])\nreturn {{1}}\n");

  /**
   * Gives the session another key. The index is never empty in between, which would end it and its
   * expiry. KEYS also: the new key. ARGV also: its member. Answers like {@link #FIND}.
   */
  static final RedisScript RENAME =
      RedisScript.of(
          "RENAME",
          USE
              + """
      redis.call('rename', KEYS[1], KEYS[3])
      local ends = redis.call('zscore', KEYS[2], ARGV[2])
      redis.call('zadd', KEYS[2], ends, ARGV[3])
      redis.call('zrem', KEYS[2], ARGV[2])
      return {redis.call('hgetall', KEYS[3])}
      """);

  /** ARGV: nothing, member. Answers {@code {{deleted}}}. */
  static final RedisScript REVOKE =
      RedisScript.of(
          "REVOKE",
          """
      redis.call('zrem', KEYS[2], ARGV[2])
      return {{redis.call('del', KEYS[1])}}
      """);

  /**
   * KEYS: index. ARGV: with what the keys of sessions begin, which are in the slot of the index.
   * Answers {@code {{deleted}}}.
   */
  static final RedisScript REVOKE_ALL =
      RedisScript.of(
          "REVOKE_ALL",
          """
      local deleted = 0
      for _, member in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do
        deleted = deleted + redis.call('del', ARGV[1] .. member)
      end
      redis.call('del', KEYS[1])
      return {{deleted}}
      """);

  private SessionScripts() {}
}
