package dev.tenon.testkit.servers;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition. */
final class Await {
  private Await() {}

  /** Something that comes true. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  static void until(Duration patience, Condition condition) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not so after " + patience);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }
}
