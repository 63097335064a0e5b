package dev.tenon.cache.internal;

import io.lettuce.core.RedisFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what was sent to Redis. */
public final class RedisFutures {

  private RedisFutures() {}

  /**
   * What the future brings until the deadline; it is cancelled behind that.
   *
   * <p>An interrupt does not end it, but is set again: a command that is given up where it may have
   * been sent leaves an invalidation unconfirmed and a lease to nobody, and the deadline is near.
   *
   * @param deadline by {@link System#nanoTime}
   */
  public static <R> R within(RedisFuture<R> future, long deadline)
      throws ExecutionException, TimeoutException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException again) {
          interrupted = true;
        }
      }
    } finally {
      future.cancel(true);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
