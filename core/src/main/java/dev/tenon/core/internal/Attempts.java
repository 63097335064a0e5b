package dev.tenon.core.internal;

import dev.tenon.core.Outcome;
import dev.tenon.core.Retry;
import dev.tenon.core.RetryableException;
import io.github.resilience4j.retry.RetryConfig;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Runs a transaction again after a conflict, as Resilience4j does. */
record Attempts(Retry retry) {

  private static final long FIRST_BOUND = 10;
  private static final int MOST_DOUBLINGS = 7;

  <R> Outcome<R> run(Supplier<Outcome<R>> transaction) {
    long begin = System.nanoTime();
    RetryConfig config =
        RetryConfig.<Outcome<R>>custom()
            .maxAttempts(retry.attempts())
            .intervalFunction(Attempts::pause)
            .retryOnException(error -> false)
            .retryOnResult(
                outcome ->
                    isConflict(outcome) && System.nanoTime() - begin < retry.within().toNanos())
            .build();
    AtomicReference<Outcome<R>> last = new AtomicReference<>();
    try {
      return io.github.resilience4j.retry.Retry.of("tenon", config)
          .executeSupplier(
              () -> {
                Outcome<R> outcome = transaction.get();
                last.set(outcome);
                return outcome;
              });
    } catch (CancellationException interrupted) {
      // An interrupt ends the pause before the next attempt, and stays set.
      Thread.currentThread().interrupt();
      return Objects.requireNonNull(last.get(), "a pause follows an attempt");
    }
  }

  /** Milliseconds before the attempt after this one: full jitter. */
  private static long pause(int attempt) {
    return ThreadLocalRandom.current()
        .nextLong(1 + (FIRST_BOUND << Math.min(attempt - 1, MOST_DOUBLINGS)));
  }

  private static boolean isConflict(Outcome<?> outcome) {
    return outcome instanceof Outcome.RolledBack<?> undone
        && undone.cause() instanceof RetryableException conflict
        && conflict.sqlState().filter(Attempts::isRunAgain).isPresent();
  }

  private static boolean isRunAgain(String state) {
    return state.startsWith("40")
        || SqlStates.isConnectionLost(state)
        || state.equals(SqlStates.STALE_PLAN);
  }
}
