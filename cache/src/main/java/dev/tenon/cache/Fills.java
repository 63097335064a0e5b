package dev.tenon.cache;

import dev.tenon.cache.Filled.Refused;
import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Task;
import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.RemoteAnswer.Found;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.cache.RemoteFills.Fill;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what was loaded, in Redis and in memory.
 *
 * <p>Who asked gets what was kept, so that nobody finds an older value behind it. A load that an
 * invalidation overtook may have read more than the invalidation tells of; then what counts is the
 * value of the next load, whose lease may be older than this one's reading: its caller gets that
 * too. Where there is no such load, whatever comes will be read later than this.
 */
final class Fills<K, V> {

  /**
   * How many times as long as it takes to load a value before its end XFetch begins to choose it.
   */
  private static final int DUE_LOADS = 4;

  /**
   * How often a process that reads it all the time lets XFetch choose while one load would take.
   */
  private static final int LOOKS_A_LOAD = 20;

  private final LocalLevel<K, V> local;
  private final RemoteFills remote;
  private final StoredValues<V> values;
  private final CachePolicy policy;
  private final Counters counters;
  private final TagTimes tags;
  private final SlowLoads slow;
  private final long loadWaitNanos;

  Fills(
      LocalLevel<K, V> local,
      RemoteFills remote,
      StoredValues<V> values,
      CachePolicy policy,
      Counters counters,
      TagTimes tags,
      SlowLoads slow,
      Duration loadWait) {
    this.local = local;
    this.remote = remote;
    this.values = values;
    this.policy = policy;
    this.counters = counters;
    this.tags = tags;
    this.slow = slow;
    this.loadWaitNanos = loadWait.toNanos();
  }

  private record Kept<K, V>(
      int index, Task<K, V> task, StoredValue<V> stored, Duration fresh, Fill fill) {}

  /**
   * Keeps what was loaded together, in one round trip.
   *
   * @return what the callers get, in the order of the tasks
   */
  List<Answer<V>> keep(List<Task<K, V>> tasks, Function<K, @Nullable V> loaded, Loading loading) {
    List<Answer<V>> answers = new ArrayList<>(tasks.size());
    List<Kept<K, V>> kept = new ArrayList<>(tasks.size());
    List<Task<K, V>> unkept = new ArrayList<>();
    for (Task<K, V> task : tasks) {
      V value = loaded.apply(task.key().identifier());
      Duration fresh = fresh(value, loading);
      StoredValue<V> stored = stored(task, value, loading);
      Fill fill = fresh == null ? null : fill(task, stored, fresh);
      Answer<V> answer = new Answer<>(value, CacheSource.LOADED);
      if (fresh != null && fill != null) {
        kept.add(new Kept<>(answers.size(), task, stored, fresh, fill));
      } else {
        unkept.add(task);
        if (fresh != null && task.lease() == null) {
          answer = holdUnleased(task, stored, fresh, answer);
        }
      }
      answers.add(answer);
    }
    prepare(kept);
    fill(kept, answers, unkept);
    discard(unkept);
    return answers;
  }

  private void fill(List<Kept<K, V>> kept, List<Answer<V>> answers, List<Task<K, V>> unkept) {
    Pauses pauses = new Pauses(loadWaitNanos);
    List<Filled> filled = remote.fill(kept.stream().map(Kept::fill).toList());
    for (int i = 0; i < kept.size(); i++) {
      Kept<K, V> each = kept.get(i);
      if (filled.get(i) instanceof Refused refused) {
        counters.refusedFills.increment();
        slow.refused(each.task());
        answers.set(each.index(), overtaken(each.task(), each.stored(), refused, pauses));
        continue;
      }
      if (filled.get(i) == Filled.Told.UNKNOWN) {
        counters.remoteFailures.increment();
        unkept.add(each.task());
      }
      holdLoaded(each.task(), each.stored(), each.fresh());
    }
  }

  private Answer<V> overtaken(
      Task<K, V> task, StoredValue<V> mine, @Nullable Refused refused, Pauses pauses) {
    Found found = refused == null ? null : remote.overtaking(task.redisKey(), refused, pauses);
    StoredValue<V> other =
        found == null || !StoredValues.isFresh(found)
            ? null
            : values.opened(task.key().owner(), task.redisKey(), found);
    local.evict(task.key());
    return other == null
        ? new Answer<>(mine.value(), CacheSource.LOADED)
        : new Answer<>(other.value(), CacheSource.REDIS);
  }

  /** What Redis would not take, memory may hold. */
  private Answer<V> holdUnleased(
      Task<K, V> task, StoredValue<V> stored, Duration fresh, Answer<V> answer) {
    return holdFresh(task, stored, fresh.toNanos())
        ? answer
        : overtaken(task, stored, remote.standing(task.redisKey()), new Pauses(loadWaitNanos));
  }

  /** How long it is fresh; null where it is not to be kept. */
  private @Nullable Duration fresh(@Nullable V value, Loading loading) {
    Duration ttl = value == null ? policy.negativeTtl().orElse(null) : loading.ttl();
    return ttl == null || !loading.isKept() ? null : policy.jittered(ttl);
  }

  private StoredValue<V> stored(Task<K, V> task, @Nullable V value, Loading loading) {
    Lease lease = task.lease();
    List<String> given = loading.tags();
    long readAt = lease == null || given.isEmpty() ? 0 : remote.leasedAt(task.redisKey(), lease);
    return new StoredValue<>(value, loading.millis(), readAt, given);
  }

  private @Nullable Fill fill(Task<K, V> task, StoredValue<V> stored, Duration fresh) {
    Lease lease = task.lease();
    byte[] bytes = lease == null ? null : values.sealed(task.redisKey(), stored);
    return lease == null || bytes == null
        ? null
        : new Fill(task.redisKey(), lease, bytes, fresh, fresh.plus(policy.staleFor()));
  }

  private void prepare(List<Kept<K, V>> kept) {
    kept.stream()
        .min(Comparator.comparingLong(each -> each.stored().readAt()))
        .ifPresent(
            first ->
                tags.prepare(
                    first.task().key().owner(), first.stored().tags(), first.stored().readAt()));
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
    remote.discard(leases);
    for (Task<K, V> task : tasks) {
      if (task.stale() != null) {
        local.evict(task.key());
      }
    }
  }

  /** Lets another process load at once. */
  void release(Task<K, V> task) {
    Lease lease = task.lease();
    if (lease != null) {
      remote.release(task.redisKey(), lease.token());
    }
  }

  private void holdLoaded(Task<K, V> task, StoredValue<V> stored, Duration fresh) {
    if (!holdFresh(task, stored, fresh.toNanos())) {
      local.evict(task.key());
    }
  }

  /**
   * Holds in memory what is fresh for so long; false where it was overtaken on its way here, and
   * others may be about to hold what is older.
   */
  boolean holdFresh(Task<K, V> task, StoredValue<V> stored, long freshNanos) {
    return hold(task, stored, untilDue(stored, freshNanos), false) || !local.isInUse();
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

  /** Holds in memory what is stale, for so long. */
  void holdStale(Task<K, V> task, StoredValue<V> stored, long nanos) {
    boolean unused = hold(task, stored, nanos, true);
  }

  private boolean hold(Task<K, V> task, StoredValue<V> stored, long nanos, boolean isStale) {
    Held<V> held =
        new Held<>(task.key().owner(), stored.value(), local.nanos(nanos), stored.tags(), isStale);
    boolean isNewer = task.stale() != null && !isStale;
    boolean isHeld = local.offer(task.key(), held, task.ticket(), isNewer);
    if (!isHeld) {
      counters.refusedFills.increment();
    }
    return isHeld;
  }
}
