package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import java.time.Duration;

/**
 * Counts how many different members were seen lately, in at most 12 KB for each bucket of time,
 * with a standard error of 0.81 %.
 *
 * <p>HyperLogLog, one for each bucket. Whom it saw cannot be asked; for that there is {@link
 * Presence}. One round trip for each call. Safe for use by many threads.
 */
public final class DistinctCounter {

  private static final long MOST_BUCKETS = 400;
  private static final int MOST_MEMBERS = 1_000;

  /** KEYS: what the keys of buckets begin with. ARGV: milliseconds of a bucket. */
  private static final String BUCKET =
      """
      local time = redis.call('time')
      local now = time[1] * 1000 + math.floor(time[2] / 1000)
      local bucket = math.floor(now / tonumber(ARGV[1]))
      """;

  /** ARGV also: milliseconds for which it counts, members. Answers {@code {{1}}}. */
  private static final RedisScript SEEN =
      RedisScript.of(
          "SEEN",
          BUCKET
              + """
      local key = KEYS[1] .. string.format('%.0f', bucket)
      redis.call('pfadd', key, unpack(ARGV, 3))
      redis.call('pexpire', key, ARGV[2])
      return {{1}}
      """);

  /** ARGV also: how many buckets. Answers {@code {{count}}}. */
  private static final RedisScript COUNT =
      RedisScript.of(
          "COUNT",
          BUCKET
              + """
      local keys = {}
      for back = 0, tonumber(ARGV[2]) - 1 do
        keys[#keys + 1] = KEYS[1] .. string.format('%.0f', bucket - back)
      end
      return {{redis.call('pfcount', unpack(keys))}}
      """);

  private final Space space;
  private final Duration bucket;
  private final Duration window;

  DistinctCounter(Space space, Duration bucket, Duration window) {
    String place = "Ephemeral.distinctCounter";
    this.space = space;
    this.bucket = Arguments.duration(place, "bucket", bucket);
    this.window = Arguments.duration(place, "window", window);
    long buckets = this.window.toMillis() / this.bucket.toMillis();
    if (this.window.toMillis() % this.bucket.toMillis() != 0 || buckets > MOST_BUCKETS) {
      throw new UsageException(
          Problem.what("bucket is " + bucket + " and window is " + window)
              .where(place)
              .why("a window is counted from whole buckets, all at once")
              .fix("pass a window of 1 to " + MOST_BUCKETS + " buckets"));
    }
  }

  /**
   * Sees members, now.
   *
   * @param members 1 to 1,000, at most 512 characters each
   * @throws UsageException if there are none, or more
   * @throws InvalidDataException if one, or the identifier, is null or too long
   * @throws RetryableException if Redis did not answer; to see them again changes no count
   * @throws ServerException if Redis refused
   */
  public void see(Owner owner, String identifier, String... members) {
    String operation = "DistinctCounter.see";
    Arguments.between(space.where(operation), "members", members.length, 1, MOST_MEMBERS);
    byte[][] arguments = new byte[2 + members.length][];
    arguments[0] = Arguments.millis(bucket);
    arguments[1] = Arguments.millis(window.plus(bucket));
    for (int i = 0; i < members.length; i++) {
      arguments[2 + i] = Arguments.text(space.where(operation), "member", members[i]);
    }
    var unused =
        space.ask(
            operation,
            SEEN,
            new String[] {space.tag(operation, owner, identifier) + "seen:"},
            arguments);
  }

  /**
   * About how many different ones were seen in the bucket that has begun and those before it that
   * fill the window: in the last {@code window}, less the part of the bucket that is to come.
   *
   * @throws RetryableException if Redis did not answer
   * @throws ServerException if Redis refused
   */
  public long count(Owner owner, String identifier) {
    String operation = "DistinctCounter.count";
    return space
        .ask(
            operation,
            COUNT,
            new String[] {space.tag(operation, owner, identifier) + "seen:"},
            Arguments.millis(bucket),
            Arguments.number(window.toMillis() / bucket.toMillis()))
        .number(0);
  }

  @Override
  public String toString() {
    return "DistinctCounter[" + space.name() + ", bucket=" + bucket + ", window=" + window + "]";
  }
}
