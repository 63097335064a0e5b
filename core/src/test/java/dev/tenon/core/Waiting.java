package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread or the server is about to do. */
public final class Waiting {

  private Waiting() {}

  private static final long PAUSE_NANOS = 1_000_000;

  /** Fails after a minute. */
  public static void until(BooleanSupplier condition) {
    until(Duration.ofMinutes(1), condition);
  }

  public static void until(Duration atMost, BooleanSupplier condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("the time in which it should have happened").isLessThan(end);
      // What is waited for needs the processor.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
