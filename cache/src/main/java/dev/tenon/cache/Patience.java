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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Waits for loads as long as their callers may, and leaves them running behind that. */
final class Patience {

  private static final String ITS_LOADER = "its loader is slow";

  private final String name;
  private final CachePolicy policy;
  private final Counters counters;
  private final Background background;
  private final boolean isInBackground;
  private final long outlivedNanos;

  Patience(
      String name, CachePolicy policy, Counters counters, Background background, Duration lease) {
    this.name = name;
    this.policy = policy;
    this.counters = counters;
    this.background = background;
    this.isInBackground = policy.softTimeout().isPresent() || policy.hardTimeout().isPresent();
    this.outlivedNanos =
        Math.max(lease.toNanos(), policy.hardTimeout().map(Duration::toNanos).orElse(0L));
  }

  /** The time of a call that begins now. */
  CallTime begin() {
    return new CallTime(policy.hardTimeout());
  }

  /**
   * Whether a call may load what another of this process loads, once it waited for it as long as a
   * load may be waited for: where nothing else ends the call, and where it holds a thread that the
   * other may need.
   */
  boolean mayLoadToo(CallTime time) {
    return !time.isBounded() || background.isOfThisThread();
  }

  /**
   * How long a call waits for what another one of this process loads.
   *
   * @param loadWaitNanos what is left of that
   */
  long waitNanos(CallTime time, long loadWaitNanos) {
    return mayLoadToo(time) ? Math.min(loadWaitNanos, time.restNanos()) : time.restNanos();
  }

  /**
   * Whether a load has outlived its lease, and whoever began it, so that another one may be begun
   * beside it: one that never ends must not hold its key for ever.
   */
  boolean isOutlived(Flights.Flight<?, ?> flight) {
    return isInBackground && flight.isOlderThan(outlivedNanos);
  }

  /** Something that loads. */
  @FunctionalInterface
  interface Work<T, X extends Exception> {
    @Nullable T run() throws X;
  }

  /**
   * Runs the work in the thread of the caller, or in one of its own where the policy ends the wait.
   *
   * @param time of the call; a soft timeout begins with the work
   * @param hasStale whether there is something to take instead
   * @param otherwise runs in place of the work where it does not run, with what the caller gets if
   *     no thread was free in time
   */
  <T, X extends Exception> @Nullable T within(
      CallTime time,
      boolean hasStale,
      Work<T, X> work,
      Consumer<@Nullable RetryableException> otherwise)
      throws X {
    Optional<Duration> soft = hasStale ? policy.softTimeout() : Optional.empty();
    if (!isInBackground) {
      return work.run();
    }
    long rest = time.restNanos();
    return await(
        soft.map(Duration::toNanos).map(s -> Math.min(s, rest)).orElse(rest), work, otherwise);
  }

  private <T, X extends Exception> @Nullable T await(
      long nanos, Work<T, X> work, Consumer<@Nullable RetryableException> otherwise) throws X {
    long start = System.nanoTime();
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
    RetryableException refusal = null;
    try {
      isRun = background.run(load, nanos);
      if (!isRun) {
        counters.timeouts.increment();
        refusal = noThread();
        throw refusal;
      }
      return loaded.get(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      throw asThrown(failed.getCause(), work);
    } catch (TimeoutException late) {
      counters.timeouts.increment();
      throw tooSlow(ITS_LOADER, late);
    } catch (InterruptedException | CancellationException interrupted) {
      Thread.currentThread().interrupt();
      throw tooSlow(ITS_LOADER, interrupted);
    } finally {
      if (!isRun) {
        otherwise.accept(refusal);
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

  /** For a call that waited for what another one of this process loads; it loads nothing. */
  RetryableException late() {
    return late(ITS_LOADER);
  }

  /** For a call that waited for this load. */
  RetryableException late(Flights.Flight<?, ?> flight) {
    if (flight.isLoaded() || background.isFree()) {
      return late();
    }
    counters.timeouts.increment();
    return noThread();
  }

  /** For a call that waited for what another process loads; it loads nothing. */
  RetryableException lateBehindAnotherProcess() {
    return late("another process loads it");
  }

  private RetryableException late(String why) {
    if (Thread.currentThread().isInterrupted()) {
      return tooSlow(why, new InterruptedException("the caller was interrupted"));
    }
    counters.timeouts.increment();
    return tooSlow(why, new TimeoutException("the load goes on"));
  }

  private String limit() {
    return policy.hardTimeout().map(Duration::toString).orElse("the patience of its caller");
  }

  private RetryableException tooSlow(String why, Exception cause) {
    return new RetryableException(
        Problem.what("a value was not loaded within " + limit())
            .where("the cache of " + name)
            .why(why + ", and there is no older value to take")
            .fix("try again, or give the policy a longer hardTimeout"),
        cause);
  }

  private RetryableException noThread() {
    return new RetryableException(
        Problem.what("no thread was free to load a value within " + limit())
            .where("the cache of " + name)
            .why("all " + Background.MOST + " threads of the cache run loaders, of any entity")
            .fix("try again, and let slow loaders end sooner, by a statement timeout for example"),
        new TimeoutException("no thread was free"));
  }
}
