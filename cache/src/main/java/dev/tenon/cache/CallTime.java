package dev.tenon.cache;

import java.time.Duration;
import java.util.Optional;

/** How long one call may wait for anything, from its beginning: its policy's hard timeout. */
final class CallTime {

  private final long start = System.nanoTime();
  private final Optional<Duration> limit;

  CallTime(Optional<Duration> limit) {
    this.limit = limit;
  }

  boolean isBounded() {
    return limit.isPresent();
  }

  boolean isOver() {
    return restNanos() <= 0;
  }

  /** All the time that there is, where there is no limit. */
  long restNanos() {
    return limit.isEmpty() ? Long.MAX_VALUE : limit.get().toNanos() - (System.nanoTime() - start);
  }

  /** The pauses of one who waits no longer than this either. */
  Pauses pauses(long mostNanos) {
    return new Pauses(Math.min(mostNanos, restNanos()));
  }
}
