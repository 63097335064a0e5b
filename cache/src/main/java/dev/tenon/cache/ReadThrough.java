package dev.tenon.cache;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a read does when the memory of the process has no value. */
final class ReadThrough<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(ReadThrough.class);

  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final Codec<V> codec;
  private final Counters counters;
  private final Duration ttl;
  private final long loadWaitNanos;
  private final Flights<K, V> flights = new Flights<>();

  ReadThrough(
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      RemoteLevel remote,
      Codec<V> codec,
      Counters counters,
      Duration ttl,
      Duration loadWait) {
    this.keys = keys;
    this.local = local;
    this.remote = remote;
    this.codec = codec;
    this.counters = counters;
    this.ttl = ttl;
    this.loadWaitNanos = loadWait.toNanos();
  }

  /** A loader whose value may be absent. */
  @FunctionalInterface
  interface Source<K, V, X extends Exception> {
    @Nullable V load(K identifier) throws X;
  }

  /** Joins the load that runs for this key, or leads one. */
  <X extends Exception> @Nullable V read(EntityKey<K> key, Source<K, V, X> source) throws X {
    RedisKey redisKey = keys.redisKey(key);
    long deadline = System.nanoTime() + loadWaitNanos;
    while (true) {
      long ticket = local.ticket(key);
      Flights.Flight<V> mine = flights.open(ticket);
      Flights.Flight<V> flight = flights.join(key, mine);
      if (flight == mine) {
        return lead(key, redisKey, flight, source);
      }
      Flights.Result<V> result =
          flight.isLedByThisThread() ? null : flight.await(deadline - System.nanoTime());
      if (result == null) {
        return load(key, source);
      }
      if (result instanceof Flights.Loaded<V> loaded) {
        counters.localHits.increment();
        return loaded.value();
      }
    }
  }

  /** Runs the loader and keeps nothing. */
  <X extends Exception> @Nullable V load(EntityKey<K> key, Source<K, V, X> source) throws X {
    boolean ended = false;
    try {
      V value = source.load(key.identifier());
      ended = true;
      return value;
    } finally {
      (ended ? counters.loads : counters.loadFailures).increment();
    }
  }

  private <X extends Exception> @Nullable V lead(
      EntityKey<K> key, RedisKey redisKey, Flights.Flight<V> flight, Source<K, V, X> source)
      throws X {
    Flights.Result<V> result = new Flights.Failed<>();
    try {
      V value = local.find(key);
      if (value != null) {
        counters.localHits.increment();
      } else {
        value = readRemote(key, redisKey, flight.ticket(), source);
      }
      result = new Flights.Loaded<>(value);
      return value;
    } finally {
      flights.end(key, flight, result);
    }
  }

  private <X extends Exception> @Nullable V readRemote(
      EntityKey<K> key, RedisKey redisKey, long ticket, Source<K, V, X> source) throws X {
    RemoteLevel.Answer answer = remote.read(redisKey);
    if (answer instanceof RemoteLevel.Found found) {
      V value = decode(redisKey, found);
      if (value != null) {
        counters.remoteHits.increment();
        keepLocally(key, value, ticket);
        return value;
      }
      answer = remote.replace(redisKey, found.bytes());
    }
    if (answer instanceof RemoteLevel.Leased leased) {
      return loadUnderLease(key, redisKey, ticket, leased, source);
    }
    if (answer == RemoteLevel.Unavailable.UNAVAILABLE) {
      counters.remoteFailures.increment();
    }
    V value = load(key, source);
    if (value != null) {
      keepLocally(key, value, ticket);
    }
    return value;
  }

  private <X extends Exception> @Nullable V loadUnderLease(
      EntityKey<K> key,
      RedisKey redisKey,
      long ticket,
      RemoteLevel.Leased lease,
      Source<K, V, X> source)
      throws X {
    boolean leased = true;
    try {
      V value = load(key, source);
      byte[] bytes = value == null ? null : encode(redisKey, value);
      if (value == null || bytes == null) {
        return value;
      }
      leased = false;
      Boolean kept = remote.fill(redisKey, lease.token(), bytes, ttl);
      if (kept == null) {
        counters.remoteFailures.increment();
      }
      if (Boolean.FALSE.equals(kept)) {
        counters.refusedFills.increment();
      } else {
        keepLocally(key, value, ticket);
      }
      return value;
    } finally {
      if (leased) {
        remote.release(redisKey, lease.token());
      }
    }
  }

  private void keepLocally(EntityKey<K> key, V value, long ticket) {
    if (!local.offer(key, value, ticket)) {
      counters.refusedFills.increment();
    }
  }

  private @Nullable V decode(RedisKey key, RemoteLevel.Found found) {
    try {
      return Envelope.open(codec, found.bytes());
    } catch (IOException | RuntimeException undecodable) {
      counters.codecFailures.increment();
      LOG.debug("{} cannot be decoded; it is loaded anew", key.value(), undecodable);
      return null;
    }
  }

  private byte @Nullable [] encode(RedisKey key, V value) {
    try {
      return Envelope.seal(codec, value);
    } catch (IOException | RuntimeException unencodable) {
      counters.codecFailures.increment();
      LOG.warn("{} cannot be encoded and is not kept", key.value(), unencodable);
      return null;
    }
  }
}
