package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what a server or another thread does. */
final class Waiting {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  interface Condition {
    boolean holds() throws Exception;
  }

  private Waiting() {}

  /** Does it on a thread of its own: the pool that is shared may have one thread, or none left. */
  static <R> CompletableFuture<R> forResult(Supplier<R> work) {
    return CompletableFuture.supplyAsync(work, Waiting::start);
  }

  /** Like {@link #forResult}, without a result. */
  static CompletableFuture<Void> forEnd(Runnable work) {
    return CompletableFuture.runAsync(work, Waiting::start);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "test in the background");
    thread.setDaemon(true);
    thread.start();
  }

  static void until(Condition condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }
}
