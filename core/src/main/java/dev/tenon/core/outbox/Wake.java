package dev.tenon.core.outbox;

import java.time.Duration;

/** Ends the pauses of the threads of a relay. A call is not lost on a thread about to pause. */
final class Wake {

  private static final long QUIET_NANOS = Duration.ofMillis(20).toNanos();

  private long calls;
  private long lastWork = System.nanoTime();

  synchronized long calls() {
    return calls;
  }

  synchronized void call() {
    calls++;
    notifyAll();
  }

  synchronized void worked() {
    lastWork = System.nanoTime();
  }

  /** Whether nothing was delivered for a while, so that a sleep may be worth its notification. */
  synchronized boolean isQuiet() {
    return System.nanoTime() - lastWork > QUIET_NANOS;
  }

  /** Returns at a call since the given number of them, or after this time. */
  synchronized void await(long seen, Duration longest) throws InterruptedException {
    long end = System.nanoTime() + longest.toNanos();
    long left = longest.toNanos();
    while (calls == seen && left > 0) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
      left = end - System.nanoTime();
    }
  }
}
