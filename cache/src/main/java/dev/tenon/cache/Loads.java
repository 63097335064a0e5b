package dev.tenon.cache;

import dev.tenon.cache.Flights.Flight;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs loaders, within their timeouts. */
final class Loads<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(Loads.class);

  /** How long a process answers with a stale value before it tries the loader again. */
  private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final Fills<K, V> fills;
  private final CachePolicy policy;
  private final Counters counters;
  private final Background background;
  private final Patience patience;

  Loads(
      String name,
      Fills<K, V> fills,
      CachePolicy policy,
      Counters counters,
      Background background,
      Duration lease) {
    this.name = name;
    this.fills = fills;
    this.policy = policy;
    this.counters = counters;
    this.background = background;
    this.patience = new Patience(name, policy, counters, background, lease);
  }

  /** What a loader of any kind does. */
  @FunctionalInterface
  interface Asked<K, V, X extends Exception> {
    @Nullable V load(K identifier, LoadContext context) throws X;
  }

  /**
   * A loader whose value may be absent.
   *
   * @param loader the class of the one that the caller gave: the place in its code
   */
  record Source<K, V, X extends Exception>(Class<?> loader, Asked<K, V, X> asked) {
    @Nullable V load(K identifier, LoadContext context) throws X {
      return asked.load(identifier, context);
    }
  }

  /** A value or none, and where it comes from. */
  record Answer<V>(@Nullable V value, CacheSource source) {}

  /**
   * A value that a load is about to replace.
   *
   * @param until when it may be answered no longer, by {@link System#nanoTime}
   */
  record Stale<V>(StoredValue<V> stored, long until) {}

  /**
   * A load that was decided on.
   *
   * @param ticket taken before Redis was asked
   * @param lease of the value in Redis, if it may be kept there
   * @param stale what is there, if there is anything: it may be answered instead
   * @param flight of those who wait for the answer, if the load is one that others join
   */
  record Task<K, V>(
      EntityKey<K> key,
      RedisKey redisKey,
      long ticket,
      @Nullable Lease lease,
      @Nullable Stale<V> stale,
      @Nullable Flight<K, V> flight) {

    /** One that has no lease yet. */
    static <K, V> Task<K, V> of(EntityKey<K> key, RedisKey redisKey, long ticket) {
      return new Task<>(key, redisKey, ticket, null, null, null);
    }

    Task<K, V> with(@Nullable Lease granted, @Nullable Stale<V> older) {
      return new Task<>(key, redisKey, ticket, granted, older, flight);
    }

    Task<K, V> in(Flight<K, V> joined) {
      return new Task<>(key, redisKey, ticket, lease, stale, joined);
    }

    /** Those who wait for it get this, unless they have something. */
    void end(Flights.Result<V> result) {
      if (flight != null) {
        flight.end(result);
      }
    }

    /** It ends when its load does, whatever becomes of the caller. */
    void lend() {
      if (flight != null) {
        flight.lend();
      }
    }

    /** Its load does not run; those who wait get this, if it is anything. */
    void takeBack(@Nullable Exception refusal) {
      if (flight != null) {
        flight.takeBack();
      }
      if (refusal != null) {
        end(new Flights.Failed<>(refusal, null, List.of()));
      }
    }
  }

  /** Runs the loader and keeps nothing. */
  <X extends Exception> @Nullable V alone(EntityKey<K> key, Source<K, V, X> source) throws X {
    return run(key, source, new Loading(policy));
  }

  /** Loads, or takes what is stale where the loader fails or is slow. */
  <X extends Exception> Answer<V> load(Task<K, V> task, Source<K, V, X> source, CallTime time)
      throws X {
    Stale<V> stale = task.stale();
    if (stale == null) {
      return loadUncovered(task, source, time);
    }
    try {
      return Objects.requireNonNull(
          patience.within(time, true, () -> kept(task, source), refusal -> fills.release(task)));
    } catch (Exception error) {
      if (isVerdict(error)) {
        task.end(failed(error, task, source));
        throw error;
      }
      if (error instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      LOG.debug("a load of {} failed; the stale value is taken", name, error);
      return stale(task, stale);
    }
  }

  /** Those who wait get what the load ends with, also where the caller does not wait so long. */
  private <X extends Exception> Answer<V> loadUncovered(
      Task<K, V> task, Source<K, V, X> source, CallTime time) throws X {
    task.lend();
    return Objects.requireNonNull(
        patience.within(
            time,
            false,
            () -> ended(task, source),
            refusal -> {
              fills.release(task);
              task.takeBack(refusal);
            }));
  }

  private <X extends Exception> Answer<V> ended(Task<K, V> task, Source<K, V, X> source) throws X {
    try {
      Answer<V> answer = kept(task, source);
      task.end(new Flights.Loaded<>(answer));
      return answer;
    } catch (Exception error) {
      task.end(failed(error, task, source));
      throw error;
    } finally {
      task.end(new Flights.Unanswered<>());
    }
  }

  private static <K, V> Flights.Result<V> failed(
      Exception error, Task<K, V> task, Source<K, V, ?> source) {
    return Flights.failed(error, source.loader(), List.of(task.key().identifier()));
  }

  /** Whether it says that data or code is wrong, and not that something is away. */
  static boolean isVerdict(Exception error) {
    return error instanceof IllegalArgumentException
        || (error instanceof TenonException
            && !(error instanceof RetryableException
                || error instanceof ServerException
                || error instanceof OutcomeUnknownException));
  }

  /** Answers with what is stale, and for a while from memory. */
  Answer<V> stale(Task<K, V> task, Stale<V> stale) {
    counters.staleHits.increment();
    long nanos = Math.min(STALE_NANOS, stale.until() - System.nanoTime());
    if (nanos > 0) {
      fills.holdStale(task, stale.stored(), nanos);
    }
    return new Answer<>(stale.stored().value(), CacheSource.STALE);
  }

  /** Loads a value anew that is still fresh; nobody waits for it. */
  <X extends Exception> void refresh(Task<K, V> task, Source<K, V, X> source) {
    counters.refreshes.increment();
    boolean isRun =
        background.offer(
            () -> {
              try {
                Answer<V> unused = kept(task, source);
              } catch (Exception error) {
                LOG.debug("a refresh of {} failed; its value stays", name, error);
              }
            });
    if (!isRun) {
      fills.release(task);
    }
  }

  /** Runs the loader and keeps nothing; for one who waited for another load in vain. */
  <X extends Exception> @Nullable V around(EntityKey<K> key, Source<K, V, X> source, CallTime time)
      throws X {
    return patience.within(time, false, () -> alone(key, source), refusal -> {});
  }

  /** A caller or a loader handed over null. */
  static UsageException nothing(String what, String where, String fix) {
    return new UsageException(
        Problem.what(what)
            .where("EntityCache." + where)
            .why("null is no value that can be kept")
            .fix(fix));
  }

  private <X extends Exception> @Nullable V run(
      EntityKey<K> key, Source<K, V, X> source, Loading loading) throws X {
    boolean ended = false;
    try {
      V value = source.load(key.identifier(), loading);
      loading.ended();
      ended = true;
      return value;
    } finally {
      (ended ? counters.loads : counters.loadFailures).increment();
    }
  }

  private <X extends Exception> Answer<V> kept(Task<K, V> task, Source<K, V, X> source) throws X {
    boolean ended = false;
    try {
      Loading loading = new Loading(policy);
      V value = run(task.key(), source, loading);
      Answer<V> answer = fills.keep(List.of(task), identifier -> value, loading).get(0);
      ended = true;
      return answer;
    } catch (NotFoundException gone) {
      fills.discard(List.of(task));
      ended = true;
      throw gone;
    } finally {
      if (!ended) {
        fills.release(task);
      }
    }
  }

  Patience patience() {
    return patience;
  }
}
