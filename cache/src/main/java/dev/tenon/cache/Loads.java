package dev.tenon.cache;

import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.cache.RemoteLevel.Fill;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.UsageException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs loaders, within their timeouts, and keeps what they load. */
final class Loads<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(Loads.class);

  /** How long a process answers with a stale value before it tries the loader again. */
  private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final Codec<V> codec;
  private final CachePolicy policy;
  private final Counters counters;
  private final TagTimes tags;
  private final Background background;

  Loads(
      String name,
      LocalLevel<K, V> local,
      RemoteLevel remote,
      Codec<V> codec,
      CachePolicy policy,
      Counters counters,
      TagTimes tags,
      Background background) {
    this.name = name;
    this.local = local;
    this.remote = remote;
    this.codec = codec;
    this.policy = policy;
    this.counters = counters;
    this.tags = tags;
    this.background = background;
  }

  /** A loader whose value may be absent. */
  @FunctionalInterface
  interface Source<K, V, X extends Exception> {
    @Nullable V load(K identifier, LoadContext context) throws X;
  }

  /** A value or none, and where it comes from. */
  record Answer<V>(@Nullable V value, CacheSource source) {}

  /**
   * A load that was decided on.
   *
   * @param ticket taken before Redis was asked
   * @param lease of the value in Redis, if it may be kept there
   * @param stale what may be answered instead, if there is anything
   */
  record Task<K, V>(
      EntityKey<K> key,
      RedisKey redisKey,
      long ticket,
      @Nullable Lease lease,
      @Nullable StoredValue<V> stale) {

    Task<K, V> with(@Nullable Lease granted, @Nullable StoredValue<V> older) {
      return new Task<>(key, redisKey, ticket, granted, older);
    }
  }

  /** Runs the loader and keeps nothing. */
  <X extends Exception> @Nullable V alone(EntityKey<K> key, Source<K, V, X> source) throws X {
    return run(key, source, new Loading(policy));
  }

  /** Loads, or takes what is stale where the loader fails or is slow. */
  <X extends Exception> Answer<V> load(Task<K, V> task, Source<K, V, X> source) throws X {
    try {
      return new Answer<>(
          waits() ? inBackground(task, source) : kept(task, source), CacheSource.LOADED);
    } catch (Exception error) {
      StoredValue<V> stale = task.stale();
      if (stale == null) {
        throw error;
      }
      if (error instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      LOG.debug("a load of {} failed; the stale value is taken", name, error);
      return stale(task, stale);
    }
  }

  /** Answers with what is stale, and for a while from memory. */
  Answer<V> stale(Task<K, V> task, StoredValue<V> stale) {
    counters.staleHits.increment();
    hold(task, stale, STALE_NANOS, true);
    return new Answer<>(stale.value(), CacheSource.STALE);
  }

  /** Loads a value anew that is still fresh; nobody waits for it. */
  <X extends Exception> void refresh(Task<K, V> task, Source<K, V, X> source) {
    counters.refreshes.increment();
    boolean isRun =
        background.offer(
            () -> {
              try {
                V unused = kept(task, source);
              } catch (Exception error) {
                LOG.debug("a refresh of {} failed; its value stays", name, error);
              }
            });
    if (!isRun) {
      release(task);
    }
  }

  private boolean waits() {
    return policy.softTimeout().isPresent() || policy.hardTimeout().isPresent();
  }

  /** Runs the loader and keeps nothing; for one who waited for another load in vain. */
  <X extends Exception> @Nullable V around(EntityKey<K> key, Source<K, V, X> source) throws X {
    return policy.hardTimeout().isPresent()
        ? within(policy.hardTimeout(), source, () -> alone(key, source), () -> {})
        : alone(key, source);
  }

  private <X extends Exception> @Nullable V inBackground(Task<K, V> task, Source<K, V, X> source)
      throws X {
    Optional<Duration> limit =
        (task.stale() == null ? policy.hardTimeout() : policy.softTimeout())
            .or(policy::hardTimeout);
    return within(limit, source, () -> kept(task, source), () -> release(task));
  }

  /** Something that loads. */
  @FunctionalInterface
  private interface Work<V, X extends Exception> {
    @Nullable V run() throws X;
  }

  /**
   * Waits for the work as long as it may take, and leaves it running behind that.
   *
   * @param otherwise runs instead where no thread is free in that time
   */
  private <X extends Exception> @Nullable V within(
      Optional<Duration> limit, Source<K, V, X> source, Work<V, X> work, Runnable otherwise)
      throws X {
    long start = System.nanoTime();
    long nanos = limit.map(Duration::toNanos).orElse(Long.MAX_VALUE);
    CompletableFuture<@Nullable V> loaded = new CompletableFuture<>();
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
      throw asThrown(failed.getCause(), source);
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

  /** A caller or a loader handed over null. */
  static UsageException nothing(String what, String where, String fix) {
    return new UsageException(
        Problem.what(what)
            .where("EntityCache." + where)
            .why("null is no value that can be kept")
            .fix(fix));
  }

  /** What the source declares, or unchecked: nothing else came out of it. */
  @SuppressWarnings("unchecked")
  private static <X extends Exception> X asThrown(
      @Nullable Throwable cause, Source<?, ?, X> source) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause == null) {
      throw new IllegalStateException(source + " failed without a cause");
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

  private <X extends Exception> @Nullable V kept(Task<K, V> task, Source<K, V, X> source) throws X {
    boolean ended = false;
    try {
      Loading loading = new Loading(policy);
      V value = run(task.key(), source, loading);
      ended = keep(task, value, loading);
      return value;
    } finally {
      if (!ended) {
        release(task);
      }
    }
  }

  void release(Task<K, V> task) {
    Lease lease = task.lease();
    if (lease != null) {
      remote.release(task.redisKey(), lease.token());
    }
  }

  /** Keeps it where it may be kept; whether Redis has the lease back. */
  private boolean keep(Task<K, V> task, @Nullable V value, Loading loading) {
    Duration fresh = fresh(value, loading);
    if (fresh == null) {
      return false;
    }
    StoredValue<V> stored = stored(task, value, loading);
    Fill fill = fill(task, stored, fresh);
    if (fill == null) {
      if (task.lease() == null) {
        hold(task, stored, fresh.toNanos(), false);
      }
      return false;
    }
    tags.prepare(task.key().owner(), stored.tags(), stored.readAt());
    return filled(task, stored, fresh, remote.fill(fill));
  }

  /** Keeps what was loaded together, in one round trip. */
  void keepEach(List<Task<K, V>> tasks, Map<K, V> values, Loading loading) {
    List<Kept<K, V>> kept = new ArrayList<>();
    for (Task<K, V> task : tasks) {
      V value = values.get(task.key().identifier());
      Duration fresh = fresh(value, loading);
      StoredValue<V> stored = stored(task, value, loading);
      Fill fill = fresh == null ? null : fill(task, stored, fresh);
      if (fresh != null && fill != null) {
        kept.add(new Kept<>(task, stored, fresh, fill));
        continue;
      }
      if (fresh != null && task.lease() == null) {
        hold(task, stored, fresh.toNanos(), false);
      }
      release(task);
    }
    prepare(kept);
    List<@Nullable Boolean> answers = remote.fillEach(kept.stream().map(Kept::fill).toList());
    for (int i = 0; i < kept.size(); i++) {
      Kept<K, V> each = kept.get(i);
      boolean unused = filled(each.task(), each.stored(), each.fresh(), answers.get(i));
    }
  }

  private void prepare(List<Kept<K, V>> kept) {
    kept.stream()
        .min(Comparator.comparingLong(each -> each.stored().readAt()))
        .map(Kept::stored)
        .ifPresent(
            first -> tags.prepare(kept.get(0).task().key().owner(), first.tags(), first.readAt()));
  }

  private record Kept<K, V>(Task<K, V> task, StoredValue<V> stored, Duration fresh, Fill fill) {}

  /** How long it is fresh; null where it is not to be kept. */
  private @Nullable Duration fresh(@Nullable V value, Loading loading) {
    Duration ttl = value == null ? policy.negativeTtl().orElse(null) : loading.ttl();
    return ttl == null || !loading.isKept() ? null : jittered(ttl);
  }

  private StoredValue<V> stored(Task<K, V> task, @Nullable V value, Loading loading) {
    Lease lease = task.lease();
    List<String> given = loading.tags();
    long readAt = lease == null || given.isEmpty() ? 0 : remote.leasedAt(task.redisKey(), lease);
    return new StoredValue<>(value, loading.millis(), readAt, given);
  }

  private @Nullable Fill fill(Task<K, V> task, StoredValue<V> stored, Duration fresh) {
    Lease lease = task.lease();
    byte[] bytes = lease == null ? null : sealed(task.redisKey(), stored);
    return lease == null || bytes == null
        ? null
        : new Fill(task.redisKey(), lease, bytes, fresh, fresh.plus(policy.staleFor()));
  }

  /** Whether Redis has the lease back. */
  private boolean filled(
      Task<K, V> task, StoredValue<V> stored, Duration fresh, @Nullable Boolean isKept) {
    if (isKept == null) {
      counters.remoteFailures.increment();
    }
    if (Boolean.FALSE.equals(isKept)) {
      counters.refusedFills.increment();
    } else {
      hold(task, stored, fresh.toNanos(), false);
    }
    return isKept != null;
  }

  Duration jittered(Duration ttl) {
    double share = 1 - policy.jitter() * ThreadLocalRandom.current().nextDouble();
    return Duration.ofMillis(Math.max(1, (long) (ttl.toMillis() * share)));
  }

  /** The bytes, or null where they are not to be kept. */
  byte @Nullable [] sealed(RedisKey key, StoredValue<V> stored) {
    try {
      return stored.seal(codec, policy);
    } catch (StoredValue.TooLargeException large) {
      counters.oversized.increment();
      LOG.warn("{} is not kept: {}", key.value(), large.getMessage());
      return null;
    } catch (IOException | RuntimeException unencodable) {
      counters.codecFailures.increment();
      LOG.warn("{} cannot be encoded and is not kept", key.value(), unencodable);
      return null;
    }
  }

  /** Holds in memory what is fresh for so long. */
  void hold(Task<K, V> task, StoredValue<V> stored, long freshNanos, boolean isStale) {
    Held<V> held =
        new Held<>(
            task.key().owner(), stored.value(), local.nanos(freshNanos), stored.tags(), isStale);
    if (!local.offer(task.key(), held, task.ticket())) {
      counters.refusedFills.increment();
    }
  }
}
