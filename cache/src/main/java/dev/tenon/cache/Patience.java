package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for a load as long as its caller may, and leaves it running behind that. */
final class Patience {

  private final String name;
  private final CachePolicy policy;
  private final Counters counters;
  private final Background background;

  Patience(String name, CachePolicy policy, Counters counters, Background background) {
    this.name = name;
    this.policy = policy;
    this.counters = counters;
    this.background = background;
  }

  /** Something that loads. */
  @FunctionalInterface
  interface Work<T, X extends Exception> {
    @Nullable T run() throws X;
  }

  /**
   * Runs the work in the thread of the caller, or in one of its own where the policy ends the wait.
   *
   * @param hasStale whether there is something to take instead
   * @param otherwise runs in place of the work where no thread is free in time
   */
  <T, X extends Exception> @Nullable T within(boolean hasStale, Work<T, X> work, Runnable otherwise)
      throws X {
    Optional<Duration> soft = policy.softTimeout();
    Optional<Duration> hard = policy.hardTimeout();
    return soft.isPresent() || hard.isPresent()
        ? await((hasStale ? soft : hard).or(() -> hard), work, otherwise)
        : work.run();
  }

  private <T, X extends Exception> @Nullable T await(
      Optional<Duration> limit, Work<T, X> work, Runnable otherwise) throws X {
    long start = System.nanoTime();
    long nanos = limit.map(Duration::toNanos).orElse(Long.MAX_VALUE);
    CompletableFuture<@Nullable T> loaded = new CompletableFuture<>();
    Runnable load =
        () -> {
          try {
            loaded.complete(work.run());
          } catch (Throwable error) {
            loaded.completeExceptionally(error);
          }
        };
    boolean isRun = false;
    try {
      isRun = background.run(load, nanos);
      if (!isRun) {
        throw new TimeoutException("no thread was free");
      }
      return loaded.get(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      throw asThrown(failed.getCause(), work);
    } catch (TimeoutException late) {
      counters.timeouts.increment();
      throw tooSlow(limit, late);
    } catch (InterruptedException | CancellationException interrupted) {
      Thread.currentThread().interrupt();
      throw tooSlow(limit, interrupted);
    } finally {
      if (!isRun) {
        otherwise.run();
      }
    }
  }

  /** What the work declares, or unchecked: nothing else came out of it. */
  @SuppressWarnings("unchecked")
  private static <X extends Exception> X asThrown(@Nullable Throwable cause, Work<?, X> work) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause == null) {
      throw new IllegalStateException(work + " failed without a cause");
    }
    return (X) cause;
  }

  private RetryableException tooSlow(Optional<Duration> limit, Exception cause) {
    String time = limit.map(Duration::toString).orElse("the patience of its caller");
    return new RetryableException(
        Problem.what("a value was not loaded within " + time)
            .where("the cache of " + name)
            .why("its loader is slow, and there is no older value to take")
            .fix("try again, or give the policy a longer hardTimeout"),
        cause);
  }
}
