package dev.tenon.examples.benchmarks;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Waiting for threads to end. */
final class Threads {

  private Threads() {}

  static void join(@Nullable Thread thread) {
    try {
      if (thread != null) {
        thread.join(TimeUnit.MINUTES.toMillis(1));
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  static void end(@Nullable ExecutorService executor) {
    try {
      if (executor != null) {
        executor.shutdownNow();
        executor.awaitTermination(1, TimeUnit.MINUTES);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
