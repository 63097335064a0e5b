package dev.tenon.cache;

import dev.tenon.cache.internal.RedisScript;

/**
 * What Redis runs, each atomic. A {@code list} answer keeps one shape for all of them.
 *
 * <p>All keys of one call are in one hash slot. Times are Redis' own, in milliseconds: no clock of
 * a process is compared with another's.
 *
 * <p>A stored value is the character 4, the time until which it is fresh in 13 digits, and what
 * {@link StoredValue} makes of it. Where there is none, the token of who loads it stands in its
 * place; who loads one anew that is there holds the lease beside it.
 */
final class Scripts {

  private static final String NOW =
      """
      local time = redis.call('time')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      """;

  /**
   * The value, or the right to load it. KEYS: value, lease. ARGV: token, milliseconds, whether a
   * value whose time has ended is one (empty for no). Answers {@code {value, now}} where it is
   * fresh, {@code {value, now, 1}} where its time has ended and the lease was taken, {@code {value,
   * now, 0}} where another holds that; without a value {@code {1, now}} where the lease was taken,
   * {@code {0, now}} where another loads, {@code {2, now}} where another writes.
   */
  static final RedisScript READ =
      RedisScript.of(
          "READ",
          NOW
              + LeaseToken.LUA
              + """
              local value = redis.call('get', KEYS[1])
              if not value then
                redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
                return {{1, now}}
              end
              local held = lease(value)
              if held then return {{held == 'w' and 2 or 0, now}} end
              local fresh = tonumber(string.sub(value, 2, 14))
              if not (fresh and fresh <= now) then return {{value, now}} end
              if ARGV[3] == '' then
                redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
                return {{1, now}}
              end
              local leased = redis.call('set', KEYS[2], ARGV[1], 'nx', 'px', ARGV[2])
              return {{value, now, leased and 1 or 0}}
              """);

  /** Many values. KEYS: theirs. Answers {@code {now, value or nothing …}}. */
  static final RedisScript READ_ALL =
      RedisScript.of(
          "READ_ALL",
          NOW
              + """
              return {{now, redis.call('mget', unpack(KEYS))}}
              """);

  /**
   * Gives up a value that nobody can decode, or that a tag ended, for the right to load it. KEYS:
   * value, lease. ARGV: token, milliseconds, the bytes. Answers like {@link #READ} without a value.
   */
  static final RedisScript REPLACE =
      RedisScript.of(
          "REPLACE",
          NOW
              + """
              local value = redis.call('get', KEYS[1])
              if value and value ~= ARGV[3] or redis.call('get', KEYS[2]) then return {{0, now}} end
              redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
              return {{1, now}}
              """);

  /**
   * The right to load a value anew that is there. KEYS: value, lease. ARGV: token, milliseconds.
   * Answers like {@link #READ} without a value.
   */
  static final RedisScript LEASE =
      RedisScript.of(
          "LEASE",
          NOW
              + LeaseToken.LUA
              + """
              local value = redis.call('get', KEYS[1])
              if value and lease(value) then return {{0, now}} end
              local key = value and KEYS[2] or KEYS[1]
              if redis.call('set', key, ARGV[1], 'nx', 'px', ARGV[2]) then return {{1, now}} end
              return {{0, now}}
              """);

  /**
   * When a lease was taken in place of a value. KEYS: value. ARGV: token, the milliseconds that it
   * was taken for. Answers {@code {time}}, or {@code {0}} where it is held no longer.
   */
  static final RedisScript LEASED_AT =
      RedisScript.of(
          "LEASED_AT",
          """
          if redis.call('get', KEYS[1]) ~= ARGV[1] then return {0} end
          return {redis.call('pexpiretime', KEYS[1]) - ARGV[2]}
          """);

  private static final String STORE =
      """
      local fresh = string.format('%013d', now + ARGV[2])
      redis.call('set', KEYS[1], '4' .. fresh .. ARGV[4], 'px', ARGV[3])
      redis.call('del', KEYS[2])
      """;

  /**
   * Keeps a loaded value while the lease is still there. KEYS: value, lease. ARGV: token, how long
   * it is fresh and how long it is kept in milliseconds, the bytes. Answers {@code {1}} or, where
   * an invalidation overtook the load, {@code {now, what stands at the keys}}.
   */
  static final RedisScript FILL =
      RedisScript.of(
          "FILL",
          NOW
              + """
              if redis.call('get', KEYS[1]) ~= ARGV[1] and redis.call('get', KEYS[2]) ~= ARGV[1] then
                return {{now, redis.call('mget', unpack(KEYS))}}
              end
              """
              + STORE
              + """
              return {1}
              """);

  /** Gives a lease back without a value. KEYS: where it may stand. ARGV: token. */
  static final RedisScript RELEASE =
      RedisScript.of(
          "RELEASE",
          """
          for _, key in ipairs(KEYS) do
            if redis.call('get', key) == ARGV[1] then redis.call('del', key) end
          end
          return {1}
          """);

  /**
   * Gives a lease back with nothing to keep, and deletes what was there before. KEYS: value, lease.
   * ARGV: token.
   */
  static final RedisScript DISCARD =
      RedisScript.of(
          "DISCARD",
          """
          for _, key in ipairs(KEYS) do
            if redis.call('get', key) == ARGV[1] then redis.call('del', unpack(KEYS)) end
          end
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

  /**
   * Like {@link #INVALIDATE}, but deletes nothing where the mark says that {@link #WRITTEN} did.
   * KEYS: mark, lease, values. ARGV: channel, message, token.
   */
  static final RedisScript INVALIDATE_UNLESS_WRITTEN =
      RedisScript.of(
          "INVALIDATE_UNLESS_WRITTEN",
          """
          if redis.call('get', KEYS[1]) ~= ARGV[3] then redis.call('del', unpack(KEYS)) end
          redis.call('publish', ARGV[1], ARGV[2])
          return {1}
          """);

  /**
   * Takes the lease of a value that a transaction is about to change, whoever holds it, in place of
   * the values of all versions. KEYS: lease, values. ARGV: token, milliseconds. Answers {@code
   * {now}}.
   */
  static final RedisScript WRITING =
      RedisScript.of(
          "WRITING",
          NOW
              + """
              redis.call('del', KEYS[1])
              for i = 2, #KEYS do redis.call('set', KEYS[i], ARGV[1], 'px', ARGV[2]) end
              return {now}
              """);

  /**
   * Keeps a written value while the lease is still the writer's, else deletes it, and tells every
   * process. KEYS: value, lease, values of other versions, mark. ARGV: as of {@link #FILL},
   * channel, message, whether to leave a mark (empty for no).
   */
  static final RedisScript WRITTEN =
      RedisScript.of(
          "WRITTEN",
          NOW
              + """
              local own = redis.call('get', KEYS[1]) == ARGV[1]
              redis.call('del', unpack(KEYS))
              if own then
              """
              + STORE
              + """
              end
              if ARGV[7] ~= '' then redis.call('set', KEYS[#KEYS], ARGV[1], 'px', ARGV[3]) end
              redis.call('publish', ARGV[5], ARGV[6])
              return {own and 1 or 0}
              """);

  /**
   * When a tag was last invalidated. A time that is not there was lost, or there never was one:
   * then nothing that was read until now is believed. KEYS: the tag. ARGV: milliseconds that the
   * longest of its values can live. Answers {@code {time}}.
   */
  static final RedisScript TAG_TIME =
      RedisScript.of(
          "TAG_TIME",
          NOW
              + """
              local known = redis.call('get', KEYS[1])
              if not known then
                known = string.format('%.0f', now)
                redis.call('set', KEYS[1], known, 'px', ARGV[1])
              else
                redis.call('pexpire', KEYS[1], ARGV[1])
              end
              return {tonumber(known)}
              """);

  /**
   * Ends the values of a tag, and tells every process. A clock that went back ends no less than
   * before; where the memory of Redis is full, no time at all ends them: {@link #TAG_TIME} makes
   * none that is older. KEYS: the tag. ARGV: channel, message, milliseconds that the longest of its
   * values can live.
   */
  static final RedisScript INVALIDATE_TAG =
      RedisScript.of(
          "INVALIDATE_TAG",
          NOW
              + """
              local before = redis.pcall('get', KEYS[1])
              before = type(before) == 'string' and tonumber(before) or 0
              local time = string.format('%.0f', math.max(now, before))
              local kept = redis.pcall('set', KEYS[1], time, 'px', ARGV[3])
              if kept.err then redis.call('del', KEYS[1]) end
              redis.call('publish', ARGV[1], ARGV[2])
              return {1}
              """);

  private Scripts() {}
}
