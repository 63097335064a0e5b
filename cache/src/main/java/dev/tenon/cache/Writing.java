package dev.tenon.cache;

import dev.tenon.core.Transaction;
import dev.tenon.core.internal.FramedSession;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps what transactions write, once they are committed. */
final class Writing<K, V> {

  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final PendingInvalidations invalidations;
  private final Loads<K, V> loads;
  private final CachePolicy policy;
  private final InvalidationEvents events;

  Writing(
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      RemoteLevel remote,
      PendingInvalidations invalidations,
      Loads<K, V> loads,
      CachePolicy policy,
      InvalidationEvents events) {
    this.keys = keys;
    this.local = local;
    this.remote = remote;
    this.invalidations = invalidations;
    this.loads = loads;
    this.policy = policy;
    this.events = events;
  }

  void put(Transaction transaction, EntityKey<K> key, V value) {
    RedisKey redisKey = keys.redisKey(key);
    byte[] bytes = loads.sealed(redisKey, new StoredValue<>(value, 0, 0, List.of()));
    byte[] token = bytes == null ? null : remote.beginWriting(redisKey);
    if (token != null) {
      transaction.afterRollback(() -> remote.release(redisKey, token));
    }
    events.publish(
        transaction,
        token == null
            ? redisKey
            : new WrittenKey(redisKey, new String(token, StandardCharsets.US_ASCII)));
    AtomicBoolean isCommitted = new AtomicBoolean();
    transaction.afterCommit(() -> isCommitted.set(true));
    FramedSession.afterCommitOrUnknown(
        transaction,
        () -> {
          local.evict(key);
          Duration fresh = loads.jittered(policy.ttl());
          boolean isConfirmed =
              isCommitted.get()
                  && bytes != null
                  && token != null
                  && remote.endWriting(
                      redisKey,
                      token,
                      bytes,
                      fresh,
                      fresh.plus(policy.staleFor()),
                      events.arePublished());
          if (!isConfirmed) {
            invalidations.send(redisKey);
          }
          local.evict(key);
        });
  }
}
