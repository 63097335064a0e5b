package dev.tenon.cache;

import dev.tenon.cache.Flights.Flight;
import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Source;
import dev.tenon.cache.Loads.Stale;
import dev.tenon.cache.Loads.Task;
import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.RemoteAnswer.Busy;
import dev.tenon.cache.RemoteAnswer.Found;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Answers what memory does not know: from Redis, or by the loader, one at a time for each key. */
final class ReadThrough<K, V> {

  /** How deep a loader may ask for what it loads. */
  private static final int MOST_NESTED = 8;

  private final String name;
  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final TagTimes tags;
  private final Loads<K, V> loads;
  private final Patience patience;
  private final Fills<K, V> fills;
  private final StoredValues<V> values;
  private final Counters counters;
  private final CachePolicy policy;
  private final long loadWaitNanos;
  private final Flights<K, V> flights = new Flights<>();

  ReadThrough(
      String name,
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      RemoteLevel remote,
      TagTimes tags,
      Loads<K, V> loads,
      Fills<K, V> fills,
      StoredValues<V> values,
      Counters counters,
      CachePolicy policy,
      Duration loadWait) {
    this.name = name;
    this.keys = keys;
    this.local = local;
    this.remote = remote;
    this.tags = tags;
    this.loads = loads;
    this.patience = loads.patience();
    this.fills = fills;
    this.values = values;
    this.counters = counters;
    this.policy = policy;
    this.loadWaitNanos = loadWait.toNanos();
  }

  /** Joins the load that runs for this key, or leads one. */
  <X extends Exception> Answer<V> read(EntityKey<K> key, Source<K, V, X> source) throws X {
    RedisKey redisKey = keys.redisKey(key);
    CallTime time = patience.begin();
    long deadline = System.nanoTime() + loadWaitNanos;
    boolean isLast = false;
    while (true) {
      if (time.isOver()) {
        throw patience.late();
      }
      long ticket = local.ticket(key);
      Flight<K, V> mine = flights.open(key, ticket);
      Flight<K, V> flight = flights.join(mine);
      if (flight == null) {
        Answer<V> answer =
            lead(Task.<K, V>of(key, redisKey, ticket).in(mine), source, time, isLast);
        if (answer != null) {
          return answer;
        }
        isLast = true;
        continue;
      }
      if (flight.isOfThisThread()) {
        return nested(key, flight, source, time);
      }
      if (isLeftBehind(key, flight)) {
        continue;
      }
      Flights.Result<V> result =
          flight.await(patience.waitNanos(time, deadline - System.nanoTime()));
      if (result == null) {
        return ofNobody(key, flight, source, time);
      }
      if (result instanceof Flights.Failed<V> failed
          && failed.isOf(source.loader(), List.of(key.identifier()))) {
        throw failed.<X>thrown();
      }
      if (result instanceof Flights.Loaded<V> loaded) {
        counters.localHits.increment();
        return new Answer<>(
            loaded.answer().value(),
            loaded.answer().source() == CacheSource.STALE ? CacheSource.STALE : CacheSource.JOINED);
      }
    }
  }

  /** Another load did not end in time. */
  private <X extends Exception> Answer<V> ofNobody(
      EntityKey<K> key, Flight<K, V> flight, Source<K, V, X> source, CallTime time) throws X {
    if (time.isOver() || !patience.mayLoadToo(time)) {
      throw patience.late(flight);
    }
    return new Answer<>(loads.around(key, source, time), CacheSource.BYPASSED);
  }

  /**
   * Whether a load has outlived its lease; then it enters memory no more, and another may begin.
   */
  boolean isLeftBehind(EntityKey<K> key, Flight<K, V> flight) {
    boolean isOutlived = patience.isOutlived(flight);
    if (isOutlived) {
      flight.leaveBehind(() -> local.evict(key));
    }
    return isOutlived;
  }

  /** Of one who waits for other processes. */
  Pauses pauses(CallTime time) {
    return time.pauses(loadWaitNanos);
  }

  /** The flights of one who reads many. */
  BulkFlights<K, V> flights(Map<K, @Nullable V> found, CallTime time, Class<?> loader) {
    return new BulkFlights<>(this, flights, local, counters, patience, found, time, loader);
  }

  /** A loader may ask for what it loads, and gets what another loader answers; but not for ever. */
  private <X extends Exception> Answer<V> nested(
      EntityKey<K> key, Flight<K, V> flight, Source<K, V, X> source, CallTime time) throws X {
    nest(key, flight);
    try {
      return new Answer<>(loads.around(key, watched(flight, source), time), CacheSource.BYPASSED);
    } finally {
      flight.unnest();
    }
  }

  /** Before a loader is asked for what its caller loads. */
  void nest(EntityKey<K> key, Flight<K, V> flight) {
    if (flight.nest() > MOST_NESTED) {
      flight.unnest();
      throw new UsageException(
          Problem.what("a loader asks for the value that it loads, of " + key.identifier())
              .where("the cache of " + name)
              .why("it did so " + MOST_NESTED + " times, each within the one before")
              .fix("read it where it lives, not by the cache"));
    }
  }

  private static <K, V, X extends Exception> Source<K, V, X> watched(
      Flight<K, V> flight, Source<K, V, X> source) {
    return new Source<>(
        source.loader(),
        (identifier, context) -> {
          flight.loads();
          return source.load(identifier, context);
        });
  }

  /** Null where the value was overtaken on its way to memory, and is not the last to be read. */
  private <X extends Exception> @Nullable Answer<V> lead(
      Task<K, V> task, Source<K, V, X> source, CallTime time, boolean isLast) throws X {
    Flight<K, V> flight = Objects.requireNonNull(task.flight());
    Flights.Result<V> result = new Flights.Unanswered<>();
    try {
      Held<V> held = local.find(task.key().owner(), task.key().identifier());
      Answer<V> answer =
          held == null ? readRemote(task, watched(flight, source), time, isLast) : ofMemory(held);
      if (answer != null) {
        result = new Flights.Loaded<>(answer);
      }
      return answer;
    } finally {
      flight.leave(result);
    }
  }

  /** Counts it. */
  Answer<V> ofMemory(Held<V> held) {
    counters.hit(held);
    return new Answer<>(held.value(), held.isStale() ? CacheSource.STALE : CacheSource.MEMORY);
  }

  private <X extends Exception> @Nullable Answer<V> readRemote(
      Task<K, V> task, Source<K, V, X> source, CallTime time, boolean isLast) throws X {
    RedisKey redisKey = task.redisKey();
    RemoteAnswer answer =
        remote.read(redisKey, tags.areUsed(), !policy.staleFor().isZero(), pauses(time));
    if (answer == Busy.LOADING && time.isOver()) {
      throw patience.lateBehindAnotherProcess();
    }
    if (answer instanceof Found found) {
      StoredValue<V> stored = values.opened(task.key().owner(), redisKey, found);
      if (stored != null && !found.isStale()) {
        return fresh(task, found, stored, source, isLast);
      }
      if (stored != null) {
        Stale<V> stale = stale(stored, found);
        Task<K, V> older = task.with(found.lease(), stale);
        return found.lease() == null ? loads.stale(older, stale) : loads.load(older, source, time);
      }
      answer = found.lease() == null ? remote.replace(redisKey, found.bytes()) : found.lease();
    }
    if (answer == RemoteAnswer.Unavailable.UNAVAILABLE) {
      counters.remoteFailures.increment();
    }
    Lease lease = answer instanceof Lease granted ? granted : null;
    Answer<V> loaded = loads.load(task.with(lease, null), source, time);
    return lease == null ? new Answer<>(loaded.value(), CacheSource.BYPASSED) : loaded;
  }

  private <X extends Exception> @Nullable Answer<V> fresh(
      Task<K, V> task, Found found, StoredValue<V> stored, Source<K, V, X> source, boolean isLast) {
    long rest = StoredValues.restMillis(found);
    if (!fills.holdFresh(task, stored, TimeUnit.MILLISECONDS.toNanos(rest))) {
      if (!isLast) {
        return null;
      }
      local.evict(task.key());
    }
    counters.remoteHits.increment();
    if (stored.value() == null) {
      counters.negativeHits.increment();
    }
    if (isDue(stored, rest)) {
      Task<K, V> refreshed = Task.of(task.key(), task.redisKey(), local.ticket(task.key()));
      if (remote.lease(task.redisKey()) instanceof Lease lease) {
        loads.refresh(refreshed.with(lease, stale(stored, found)), source);
      }
    }
    return new Answer<>(stored.value(), CacheSource.REDIS);
  }

  /** XFetch, as {@link CachePolicy#withRefreshAhead} names it. */
  private boolean isDue(StoredValue<V> stored, long restMillis) {
    double eagerness = policy.refreshAhead();
    return eagerness > 0
        && stored.loadMillis() * eagerness * -Math.log(1 - ThreadLocalRandom.current().nextDouble())
            >= restMillis;
  }

  /** A value that is about to be replaced, with the time for which it may still be answered. */
  Stale<V> stale(StoredValue<V> stored, Found found) {
    long millis = StoredValues.restMillis(found, policy.staleFor().toMillis());
    return new Stale<>(stored, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
