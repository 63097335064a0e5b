package dev.tenon.cache;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the clock of Redis shows at most, for a second after it was read.
 *
 * <p>A value that is fresh by it is fresh. One that is not may still be, and the clock itself must
 * be asked. It counts from when the question was sent, so that a slow answer makes it late and
 * never early; the clocks of a cluster differ, so there it is ahead by what they may.
 */
final class RedisClock {

  private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Of the milliseconds that are cut off, here and in Redis. */
  private static final int ROUNDING = 2;

  private final long skewMillis;
  private volatile @Nullable Reading last;

  RedisClock(long skewMillis) {
    this.skewMillis = skewMillis;
  }

  private record Reading(long millis, long sent) {}

  /**
   * Redis has told its time.
   *
   * @param sent when it was asked, by {@link System#nanoTime}
   */
  void read(long millis, long sent) {
    last = new Reading(millis, sent);
  }

  /** Milliseconds, or null where nothing recent is known. */
  @Nullable Long latest() {
    Reading reading = last;
    if (reading == null) {
      return null;
    }
    long age = System.nanoTime() - reading.sent();
    return age > KNOWN_NANOS
        ? null
        : reading.millis() + skewMillis + ROUNDING + TimeUnit.NANOSECONDS.toMillis(age);
  }
}
