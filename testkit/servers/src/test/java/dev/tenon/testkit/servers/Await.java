package dev.tenon.testkit.servers;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition. */
final class Await {
  private Await() {}

  /** Something that comes true. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException, SQLException;
  }

  static void until(Duration patience, Condition condition) throws IOException, SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not so after " + patience);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }
}
