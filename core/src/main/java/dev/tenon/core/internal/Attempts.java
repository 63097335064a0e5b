package dev.tenon.core.internal;

import dev.tenon.core.Outcome;
import dev.tenon.core.Problem;
import dev.tenon.core.Retry;
import dev.tenon.core.RetryableException;
import io.github.resilience4j.retry.RetryConfig;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Runs a transaction again after a conflict, as Resilience4j does. */
record Attempts(Retry retry) {

  private static final long FIRST_BOUND = 10;
  private static final int MOST_DOUBLINGS = 7;

  <R> Outcome<R> run(Supplier<Outcome<R>> transaction) {
    long begin = System.nanoTime();
    AtomicBoolean over = new AtomicBoolean();
    RetryConfig config =
        RetryConfig.<Outcome<R>>custom()
            .maxAttempts(retry.attempts())
            .intervalFunction(
                attempt -> {
                  long pause = pause(attempt);
                  over.set(pause >= left(begin));
                  return over.get() ? 0L : pause;
                })
            .retryOnException(error -> false)
            .retryOnResult(outcome -> isConflict(outcome) && !over.get() && left(begin) > 0)
            .build();
    AtomicInteger runs = new AtomicInteger();
    AtomicReference<Outcome<R>> last = new AtomicReference<>();
    try {
      Outcome<R> ended =
          io.github.resilience4j.retry.Retry.of("tenon", config)
              .executeSupplier(
                  () -> {
                    Outcome<R> before = last.get();
                    if (before != null && (over.get() || left(begin) <= 0)) {
                      return before;
                    }
                    runs.incrementAndGet();
                    Outcome<R> outcome = transaction.get();
                    last.set(outcome);
                    return outcome;
                  });
      return told(ended, runs.get(), reason(runs.get()));
    } catch (CancellationException interrupted) {
      // An interrupt ends the pause before the next attempt, and stays set.
      Thread.currentThread().interrupt();
      return told(
          Objects.requireNonNull(last.get(), "a pause follows an attempt"),
          runs.get(),
          "the thread was interrupted in the pause before the next");
    }
  }

  /** Milliseconds in which an attempt may begin. */
  private long left(long begin) {
    return (retry.within().toNanos() - (System.nanoTime() - begin)) / 1_000_000;
  }

  private String reason(int runs) {
    return runs >= retry.attempts()
        ? "Retry.conflicts allows no more"
        : "Retry.within allows none after " + retry.within().toMillis() + " ms";
  }

  /** The last conflict, with how often it was tried and why no more. */
  private static <R> Outcome<R> told(Outcome<R> outcome, int runs, String reason) {
    if (!isConflict(outcome)
        || !(outcome instanceof Outcome.RolledBack<R> undone)
        || !(undone.cause() instanceof RetryableException conflict)) {
      return outcome;
    }
    Problem problem = conflict.problem();
    RetryableException told =
        new RetryableException(
            problem
                .why(
                    (problem.why() == null ? "" : problem.why() + "; ")
                        + "the last of "
                        + runs
                        + " attempts: "
                        + reason)
                .fix("run the whole unit of work again later, or allow it more by Retry"),
            conflict.getCause());
    told.setStackTrace(conflict.getStackTrace());
    for (Throwable suppressed : conflict.getSuppressed()) {
      told.addSuppressed(suppressed);
    }
    return new Outcome.RolledBack<>(told);
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
