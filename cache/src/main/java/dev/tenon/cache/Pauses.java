package dev.tenon.cache;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The pauses of one who waits for what another process loads; each is longer. */
final class Pauses {

  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(50);

  private final long deadline;
  private long pause = FIRST;

  Pauses(long nanos) {
    this.deadline = System.nanoTime() + nanos;
  }

  /** Waits, unless the time is over or the thread is interrupted; whether it did. */
  boolean next() {
    long rest = restNanos();
    if (rest <= 0 || Thread.currentThread().isInterrupted()) {
      return false;
    }
    LockSupport.parkNanos(
        this, Math.min(rest, pause / 2 + ThreadLocalRandom.current().nextLong(pause)));
    pause = Math.min(LONGEST, pause * 2);
    return true;
  }

  long restNanos() {
    return deadline - System.nanoTime();
  }
}
