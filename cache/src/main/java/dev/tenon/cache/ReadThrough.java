package dev.tenon.cache;

import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Source;
import dev.tenon.cache.Loads.Stale;
import dev.tenon.cache.Loads.Task;
import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.RemoteAnswer.Found;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what memory does not know: from Redis, or by the loader, one at a time for each key. */
final class ReadThrough<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(ReadThrough.class);

  /** How deep a loader may ask for what it loads. */
  private static final int MOST_NESTED = 8;

  private final String name;
  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final TagTimes tags;
  private final Loads<K, V> loads;
  private final Codec<V> codec;
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
      Codec<V> codec,
      Counters counters,
      CachePolicy policy,
      Duration loadWait) {
    this.name = name;
    this.keys = keys;
    this.local = local;
    this.remote = remote;
    this.tags = tags;
    this.loads = loads;
    this.codec = codec;
    this.counters = counters;
    this.policy = policy;
    this.loadWaitNanos = loadWait.toNanos();
  }

  /** Joins the load that runs for this key, or leads one. */
  <X extends Exception> Answer<V> read(EntityKey<K> key, Source<K, V, X> source) throws X {
    RedisKey redisKey = keys.redisKey(key);
    long deadline = System.nanoTime() + loadWaitNanos;
    while (true) {
      long ticket = local.ticket(key);
      Flights.Flight<V> mine = flights.open(ticket);
      Flights.Flight<V> flight = flights.join(key, mine);
      if (flight == mine) {
        return lead(key, redisKey, flight, source);
      }
      if (flight.isOfThisThread()) {
        return nested(key, flight, source);
      }
      Flights.Result<V> result = flight.await(deadline - System.nanoTime());
      if (result == null) {
        return new Answer<>(loads.around(key, source), CacheSource.BYPASSED);
      }
      if (result instanceof Flights.Loaded<V> loaded) {
        counters.localHits.increment();
        return new Answer<>(
            loaded.answer().value(),
            loaded.answer().source() == CacheSource.STALE ? CacheSource.STALE : CacheSource.JOINED);
      }
    }
  }

  /** Of one who waits for other loads. */
  Pauses pauses() {
    return new Pauses(loadWaitNanos);
  }

  /** The flights of one who reads many. */
  BulkFlights<K, V> flights(Map<K, @Nullable V> found) {
    return new BulkFlights<>(this, flights, local, counters, found);
  }

  /** A loader may ask for what it loads, and gets what another loader answers; but not for ever. */
  private <X extends Exception> Answer<V> nested(
      EntityKey<K> key, Flights.Flight<V> flight, Source<K, V, X> source) throws X {
    nest(key, flight);
    try {
      return new Answer<>(loads.around(key, watched(flight, source)), CacheSource.BYPASSED);
    } finally {
      flight.unnest();
    }
  }

  /** Before a loader is asked for what its caller loads. */
  void nest(EntityKey<K> key, Flights.Flight<V> flight) {
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
      Flights.Flight<V> flight, Source<K, V, X> source) {
    return (identifier, context) -> {
      flight.loads();
      return source.load(identifier, context);
    };
  }

  private <X extends Exception> Answer<V> lead(
      EntityKey<K> key, RedisKey redisKey, Flights.Flight<V> flight, Source<K, V, X> source)
      throws X {
    Flights.Result<V> result = new Flights.Failed<>();
    try {
      Held<V> held = local.find(key.owner(), key.identifier());
      Answer<V> answer =
          held == null
              ? readRemote(key, redisKey, flight.ticket(), watched(flight, source))
              : ofMemory(held);
      result = new Flights.Loaded<>(answer);
      return answer;
    } finally {
      flights.end(key, flight, result);
    }
  }

  /** Counts it. */
  Answer<V> ofMemory(Held<V> held) {
    counters.hit(held);
    return new Answer<>(held.value(), held.isStale() ? CacheSource.STALE : CacheSource.MEMORY);
  }

  private <X extends Exception> Answer<V> readRemote(
      EntityKey<K> key, RedisKey redisKey, long ticket, Source<K, V, X> source) throws X {
    RemoteAnswer answer = remote.read(redisKey, tags.areUsed(), !policy.staleFor().isZero());
    if (answer instanceof Found found) {
      StoredValue<V> stored = opened(key, redisKey, found);
      if (stored != null && !found.isStale()) {
        return fresh(new Task<>(key, redisKey, ticket, null, null), found, stored, source);
      }
      if (stored != null) {
        Stale<V> stale = stale(stored, found);
        Task<K, V> task = new Task<>(key, redisKey, ticket, found.lease(), stale);
        return found.lease() == null ? loads.stale(task, stale) : loads.load(task, source);
      }
      answer = found.lease() == null ? remote.replace(redisKey, found.bytes()) : found.lease();
    }
    if (answer == RemoteAnswer.Unavailable.UNAVAILABLE) {
      counters.remoteFailures.increment();
    }
    Lease lease = answer instanceof Lease granted ? granted : null;
    Answer<V> loaded = loads.load(new Task<>(key, redisKey, ticket, lease, null), source);
    return lease == null ? new Answer<>(loaded.value(), CacheSource.BYPASSED) : loaded;
  }

  private <X extends Exception> Answer<V> fresh(
      Task<K, V> task, Found found, StoredValue<V> stored, Source<K, V, X> source) {
    counters.remoteHits.increment();
    if (stored.value() == null) {
      counters.negativeHits.increment();
    }
    long rest = restMillis(found);
    loads.holdFresh(task, stored, TimeUnit.MILLISECONDS.toNanos(rest));
    if (isDue(stored, rest)) {
      long ticket = local.ticket(task.key());
      if (remote.lease(task.redisKey()) instanceof Lease lease) {
        Stale<V> stale = stale(stored, found);
        loads.refresh(new Task<>(task.key(), task.redisKey(), ticket, lease, stale), source);
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

  /** Whether the time of a value that was read among many has not ended. */
  static boolean isFresh(Found found) {
    try {
      return StoredValue.freshUntil(found.bytes()) > found.now();
    } catch (IOException unreadable) {
      return false;
    }
  }

  /** For how long what was found is fresh; of bytes that could be opened. */
  static long restMillis(Found found) {
    return restMillis(found, 0);
  }

  private static long restMillis(Found found, long longer) {
    try {
      return Math.max(1, StoredValue.freshUntil(found.bytes()) - found.now() + longer);
    } catch (IOException unreadable) {
      return 1;
    }
  }

  /** A value that is about to be replaced, with the time for which it may still be answered. */
  Stale<V> stale(StoredValue<V> stored, Found found) {
    long millis = restMillis(found, policy.staleFor().toMillis());
    return new Stale<>(stored, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** What the bytes hold, or null where they cannot be read or a tag has ended them. */
  @Nullable StoredValue<V> opened(EntityKey<K> key, RedisKey redisKey, Found found) {
    StoredValue<V> stored = decoded(redisKey, found);
    return stored != null && tags.admits(key.owner(), stored) ? stored : null;
  }

  /** What the bytes hold, or null where they cannot be read. */
  @Nullable StoredValue<V> decoded(RedisKey redisKey, Found found) {
    try {
      return StoredValue.open(codec, policy, found.bytes());
    } catch (IOException | RuntimeException | StackOverflowError undecodable) {
      counters.codecFailures.increment();
      LOG.debug("{} cannot be decoded; it is loaded anew", redisKey.value(), undecodable);
      return null;
    }
  }
}
