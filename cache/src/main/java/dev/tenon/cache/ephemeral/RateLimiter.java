package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * Allows each identifier of each tenant so much in so much time, all processes together.
 *
 * <p>One round trip; the time is that of Redis. An identifier that is not used costs nothing after
 * the time in which its bucket is full or its window empty again. Safe for use by many threads.
 */
public final class RateLimiter {

  /**
   * Takes from a bucket. KEYS: bucket. ARGV: cost of what is asked, cost of all that fits, cost of
   * a token, rate a microsecond. Answers {@code {{allowed, left, microseconds until it would be
   * allowed}}}.
   *
   * <p>What is stored is what was taken and has not come back, in whole units, so nothing is
   * rounded; a bucket of another configuration is converted, to its disadvantage.
   */
  private static final RedisScript BUCKET =
      RedisScript.of(
          "BUCKET",
          """
      local time = redis.call('time')
      local now = time[1] * 1000000 + time[2]
      local asked, size = tonumber(ARGV[1]), tonumber(ARGV[2])
      local cost, rate = tonumber(ARGV[3]), tonumber(ARGV[4])
      local taken = 0
      local stored = redis.call('get', KEYS[1])
      if stored then
        local was, at, unit = string.match(stored, '^(%d+) (%d+) (%d+)$')
        taken = tonumber(was)
        if tonumber(unit) ~= cost then taken = math.ceil(taken / tonumber(unit) * cost) end
        taken = math.max(0, taken - math.max(0, now - tonumber(at)) * rate)
      end
      local allowed, after = 0, 0
      if taken + asked <= size then
        allowed = 1
        taken = taken + asked
        redis.call('set', KEYS[1], string.format('%.0f %.0f %.0f', taken, now, cost),
            'px', string.format('%.0f', math.ceil(taken / rate / 1000) + 1))
      else
        after = math.ceil((taken + asked - size) / rate)
      end
      return {{allowed, math.max(0, math.floor((size - taken) / cost)), after}}
      """);

  /**
   * Takes from a window. KEYS: window, a sorted set of the permits by their time. ARGV: permits,
   * limit, microseconds of the window. Answers like {@link #BUCKET}.
   *
   * <p>A permit is never earlier than the one before, also where the clock of Redis goes back.
   */
  private static final RedisScript WINDOW =
      RedisScript.of(
          "WINDOW",
          """
      local time = redis.call('time')
      local now = time[1] * 1000000 + time[2]
      local asked, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
      redis.call('zremrangebyscore', KEYS[1], '-inf', string.format('%.0f', now - window))
      local used = redis.call('zcard', KEYS[1])
      if used + asked > limit then
        local last = redis.call('zrange', KEYS[1], used + asked - limit - 1,
            used + asked - limit - 1, 'withscores')
        return {{0, math.max(0, limit - used), math.max(0, tonumber(last[2]) + window - now)}}
      end
      local at = now
      local latest = redis.call('zrange', KEYS[1], -1, -1, 'withscores')
      if latest[2] then at = math.max(now, tonumber(latest[2]) + 1) end
      local text = string.format('%.0f', at)
      for first = 1, asked, 1000 do
        local batch = {}
        for permit = first, math.min(asked, first + 999) do
          batch[#batch + 1] = text
          batch[#batch + 1] = text .. '-' .. permit
        end
        redis.call('zadd', KEYS[1], unpack(batch))
      end
      redis.call('pexpire', KEYS[1], math.ceil(window / 1000) + 1)
      return {{1, limit - used - asked, 0}}
      """);

  private final Space space;
  private final RateLimit limit;

  RateLimiter(Space space, RateLimit limit) {
    this.space = space;
    this.limit = limit;
  }

  /**
   * The answer to one question.
   *
   * @param allowed whether the permits were given
   * @param remaining how many more would be given now
   * @param retryAfter how long until as many would be given if nobody else asks; zero where they
   *     were
   */
  public record Decision(boolean allowed, long remaining, Duration retryAfter) {}

  /** Asks for one permit. */
  public Decision tryAcquire(Owner owner, String identifier) {
    return tryAcquire(owner, identifier, 1);
  }

  /**
   * Asks for some permits: all of them are given, or none.
   *
   * @throws UsageException if it is none, or more than are ever given at once
   * @throws InvalidDataException if the identifier is null or longer than 512 characters
   * @throws RetryableException if Redis did not answer; the permits may be taken
   * @throws ServerException if Redis refused
   */
  public Decision tryAcquire(Owner owner, String identifier, long permits) {
    String operation = "RateLimiter.tryAcquire";
    Arguments.between(space.where(operation), "permits", permits, 1, limit.most());
    String tag = space.tag(operation, owner, identifier);
    Answer answer =
        limit instanceof RateLimit.TokenBucket bucket
            ? space.ask(
                operation,
                BUCKET,
                new String[] {tag + "bucket"},
                Arguments.number(permits * bucket.cost()),
                Arguments.number(bucket.capacity() * bucket.cost()),
                Arguments.number(bucket.cost()),
                Arguments.number(bucket.rate()))
            : window(operation, tag, permits, (RateLimit.SlidingWindow) limit);
    return new Decision(
        answer.number(0) == 1, answer.number(1), Duration.of(answer.number(2), ChronoUnit.MICROS));
  }

  private Answer window(
      String operation, String tag, long permits, RateLimit.SlidingWindow window) {
    return space.ask(
        operation,
        WINDOW,
        new String[] {tag + "window"},
        Arguments.number(permits),
        Arguments.number(window.limit()),
        Arguments.number(window.window().toMillis() * 1_000));
  }

  @Override
  public String toString() {
    return "RateLimiter[" + space.name() + ", " + limit + "]";
  }
}
