package dev.tenon.cache;

import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.cache.RemoteLevel.Fill;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs loaders, within their timeouts, and keeps what they load. */
final class Loads<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(Loads.class);

  /** How long a process answers with a stale value before it tries the loader again. */
  private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * How many times as long as it takes to load a value before its end XFetch begins to choose it.
   */
  private static final int DUE_LOADS = 4;

  /**
   * How often a process that reads it all the time lets XFetch choose while one load would take.
   */
  private static final int LOOKS_A_LOAD = 20;

  private final String name;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final Codec<V> codec;
  private final CachePolicy policy;
  private final Counters counters;
  private final TagTimes tags;
  private final Background background;
  private final Patience patience;

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
    this.patience = new Patience(name, policy, counters, background);
  }

  /** A loader whose value may be absent. */
  @FunctionalInterface
  interface Source<K, V, X extends Exception> {
    @Nullable V load(K identifier, LoadContext context) throws X;
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
   */
  record Task<K, V>(
      EntityKey<K> key,
      RedisKey redisKey,
      long ticket,
      @Nullable Lease lease,
      @Nullable Stale<V> stale) {

    Task<K, V> with(@Nullable Lease granted, @Nullable Stale<V> older) {
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
      V value =
          patience.within(task.stale() != null, () -> kept(task, source), () -> release(task));
      return new Answer<>(value, CacheSource.LOADED);
    } catch (Exception error) {
      Stale<V> stale = task.stale();
      if (stale == null || isVerdict(error)) {
        throw error;
      }
      if (error instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      LOG.debug("a load of {} failed; the stale value is taken", name, error);
      return stale(task, stale);
    }
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
      hold(task, stale.stored(), nanos, true);
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
                V unused = kept(task, source);
              } catch (Exception error) {
                LOG.debug("a refresh of {} failed; its value stays", name, error);
              }
            });
    if (!isRun) {
      release(task);
    }
  }

  /** Runs the loader and keeps nothing; for one who waited for another load in vain. */
  <X extends Exception> @Nullable V around(EntityKey<K> key, Source<K, V, X> source) throws X {
    return patience.within(false, () -> alone(key, source), () -> {});
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

  private <X extends Exception> @Nullable V kept(Task<K, V> task, Source<K, V, X> source) throws X {
    boolean ended = false;
    try {
      Loading loading = new Loading(policy);
      V value = run(task.key(), source, loading);
      if (!keep(task, value, loading)) {
        discard(List.of(task));
      }
      ended = true;
      return value;
    } catch (NotFoundException gone) {
      discard(List.of(task));
      ended = true;
      throw gone;
    } finally {
      if (!ended) {
        release(task);
      }
    }
  }

  /**
   * Gives leases back whose loaders have answered, but nothing to keep: what was there before is
   * their answer no longer.
   */
  void discard(List<Task<K, V>> tasks) {
    Map<RedisKey, Lease> leases = new LinkedHashMap<>();
    for (Task<K, V> task : tasks) {
      Lease lease = task.lease();
      if (lease != null) {
        leases.put(task.redisKey(), lease);
      }
    }
    remote.discardEach(leases);
    for (Task<K, V> task : tasks) {
      if (task.stale() != null) {
        local.evict(task.key());
      }
    }
  }

  Patience patience() {
    return patience;
  }

  void release(Task<K, V> task) {
    Lease lease = task.lease();
    if (lease != null) {
      remote.release(task.redisKey(), lease.token());
    }
  }

  /** Keeps it where it may be kept; false where Redis may have what was there before. */
  private boolean keep(Task<K, V> task, @Nullable V value, Loading loading) {
    Duration fresh = fresh(value, loading);
    if (fresh == null) {
      return false;
    }
    StoredValue<V> stored = stored(task, value, loading);
    Fill fill = fill(task, stored, fresh);
    if (fill == null) {
      if (task.lease() == null) {
        holdFresh(task, stored, fresh.toNanos());
      }
      return false;
    }
    tags.prepare(task.key().owner(), stored.tags(), stored.readAt());
    return filled(task, stored, fresh, remote.fill(fill));
  }

  /** Keeps what was loaded together, in one round trip. */
  void keepEach(List<Task<K, V>> tasks, Map<K, V> values, Loading loading) {
    List<Kept<K, V>> kept = new ArrayList<>();
    List<Task<K, V>> unkept = new ArrayList<>();
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
        holdFresh(task, stored, fresh.toNanos());
      }
      unkept.add(task);
    }
    prepare(kept);
    List<@Nullable Boolean> answers = remote.fillEach(kept.stream().map(Kept::fill).toList());
    for (int i = 0; i < kept.size(); i++) {
      Kept<K, V> each = kept.get(i);
      if (!filled(each.task(), each.stored(), each.fresh(), answers.get(i))) {
        unkept.add(each.task());
      }
    }
    discard(unkept);
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

  /** Whether Redis has it, or one that is newer. */
  private boolean filled(
      Task<K, V> task, StoredValue<V> stored, Duration fresh, @Nullable Boolean isKept) {
    if (isKept == null) {
      counters.remoteFailures.increment();
    }
    if (Boolean.FALSE.equals(isKept)) {
      counters.refusedFills.increment();
    } else {
      holdFresh(task, stored, fresh.toNanos());
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
  void holdFresh(Task<K, V> task, StoredValue<V> stored, long freshNanos) {
    hold(task, stored, untilDue(stored, freshNanos), false);
  }

  /**
   * How long memory answers: not while the value may be due to be loaded anew, which is decided by
   * who asks Redis; there only so briefly that it is decided often enough.
   */
  private long untilDue(StoredValue<V> stored, long freshNanos) {
    double load = policy.refreshAhead() * TimeUnit.MILLISECONDS.toNanos(stored.loadMillis());
    double brief = Math.max(freshNanos - DUE_LOADS * load, load / LOOKS_A_LOAD);
    return load == 0 ? freshNanos : Math.min(freshNanos, (long) brief);
  }

  private void hold(Task<K, V> task, StoredValue<V> stored, long nanos, boolean isStale) {
    Held<V> held =
        new Held<>(task.key().owner(), stored.value(), local.nanos(nanos), stored.tags(), isStale);
    boolean isNewer = task.stale() != null && !isStale;
    if (!local.offer(task.key(), held, task.ticket(), isNewer)) {
      counters.refusedFills.increment();
    }
  }
}
