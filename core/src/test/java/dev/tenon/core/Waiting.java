package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another thread or the server is about to do. */
public final class Waiting {

  private Waiting() {}

  /** Fails after 30 s. */
  public static void until(BooleanSupplier condition) {
    until(Duration.ofSeconds(30), condition);
  }

  public static void until(Duration atMost, BooleanSupplier condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("the time in which it should have happened").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
