package dev.tenon.cache.ephemeral;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;

/** How much is allowed in how much time. */
public sealed interface RateLimit permits RateLimit.TokenBucket, RateLimit.SlidingWindow {

  /**
   * A bucket of tokens that is full at first and refilled evenly: bursts up to its capacity, and
   * the rate of the refill in the long run. Takes one small value in Redis for each identifier.
   *
   * @param capacity 1 to 1,000,000,000
   * @param refill how many tokens come back in each period, 1 to 1,000,000,000
   * @param period 1 ms to 1 day
   */
  static RateLimit tokenBucket(long capacity, long refill, Duration period) {
    return new TokenBucket(capacity, refill, period);
  }

  /**
   * At most so many in any window of that length, wherever it begins. Takes an entry in Redis for
   * each permit of the last window.
   *
   * @param limit 1 to 10,000
   * @param window 1 ms to 1 day
   */
  static RateLimit slidingWindow(long limit, Duration window) {
    return new SlidingWindow(limit, window);
  }

  /** The most permits that one call can get. */
  long most();

  /**
   * See {@link RateLimit#tokenBucket}.
   *
   * @param capacity the size of the largest burst
   * @param refill the tokens of a period
   * @param period the time in which {@code refill} tokens come back
   */
  record TokenBucket(long capacity, long refill, Duration period) implements RateLimit {

    private static final String PLACE = "RateLimit.tokenBucket";
    private static final long MOST = 1_000_000_000;
    private static final long LARGEST_EXACT = 1L << 52;

    public TokenBucket {
      Arguments.between(PLACE, "capacity", capacity, 1, MOST);
      Arguments.between(PLACE, "refill", refill, 1, MOST);
      period = day(PLACE, "period", period);
      long cost = micros(period) / divisor(micros(period), refill);
      if (cost > LARGEST_EXACT / capacity) {
        throw new UsageException(
            Problem.what("capacity is " + capacity + " and period is " + period)
                .where(PLACE)
                .why("their product is more than Redis can count exactly")
                .fix("use a smaller capacity, or a period that the refill divides"));
      }
    }

    @Override
    public long most() {
      return capacity;
    }

    /** What a token costs, in units of which {@link #rate} come back in a microsecond. */
    long cost() {
      return micros(period) / divisor(micros(period), refill);
    }

    long rate() {
      return refill / divisor(micros(period), refill);
    }

    private static long micros(Duration period) {
      return period.toMillis() * 1_000;
    }

    private static long divisor(long left, long right) {
      return right == 0 ? left : divisor(right, left % right);
    }
  }

  /**
   * See {@link RateLimit#slidingWindow}.
   *
   * @param limit the most of any window
   * @param window its length
   */
  record SlidingWindow(long limit, Duration window) implements RateLimit {

    private static final String PLACE = "RateLimit.slidingWindow";
    private static final long MOST = 10_000;

    public SlidingWindow {
      Arguments.between(PLACE, "limit", limit, 1, MOST);
      window = day(PLACE, "window", window);
    }

    @Override
    public long most() {
      return limit;
    }
  }

  private static Duration day(String place, String name, Duration value) {
    Duration checked = Arguments.duration(place, name, value);
    Arguments.between(place, name + " in ms", checked.toMillis(), 1, Duration.ofDays(1).toMillis());
    return checked;
  }
}
