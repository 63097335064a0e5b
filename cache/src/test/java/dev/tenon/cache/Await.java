package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, at most a minute. */
final class Await {

  private static final Duration LIMIT = Duration.ofMinutes(1);

  /**
   * A thread for each task, for those that wait for the test: the shared pool of a JDK 25 on two
   * processors has one.
   */
  static final Executor THREAD = task -> new Thread(task).start();

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited %s until %s", LIMIT, what).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
    }
  }
}
