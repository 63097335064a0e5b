package dev.tenon.cache;

import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.FramedSession;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Keeps what transactions write, once they are committed. */
final class Writing<K, V> {

  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final RemoteLevel remote;
  private final RemoteFills fills;
  private final PendingInvalidations invalidations;
  private final StoredValues<V> values;
  private final TagTimes tags;
  private final CachePolicy policy;
  private final InvalidationEvents events;

  Writing(
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      RemoteLevel remote,
      RemoteFills fills,
      PendingInvalidations invalidations,
      StoredValues<V> values,
      TagTimes tags,
      CachePolicy policy,
      InvalidationEvents events) {
    this.keys = keys;
    this.local = local;
    this.remote = remote;
    this.fills = fills;
    this.invalidations = invalidations;
    this.values = values;
    this.tags = tags;
    this.policy = policy;
    this.events = events;
  }

  /** Where others have tags, a value without any may have lost them, and is not kept. */
  void put(Transaction transaction, EntityKey<K> key, V value, List<String> given) {
    RedisKey redisKey = keys.redisKey(key);
    boolean isWhole = !given.isEmpty() || !tags.areUsed();
    Lease lease = isWhole ? remote.beginWriting(redisKey) : null;
    byte[] bytes = lease == null ? null : sealed(key, redisKey, value, given, lease);
    byte[] token = lease == null ? null : lease.token();
    if (token != null) {
      transaction.afterRollback(() -> fills.release(redisKey, token));
    }
    events.publish(
        transaction,
        token == null || bytes == null
            ? redisKey
            : new WrittenKey(redisKey, new String(token, StandardCharsets.US_ASCII)));
    AtomicBoolean isCommitted = new AtomicBoolean();
    transaction.afterCommit(() -> isCommitted.set(true));
    FramedSession.afterCommitOrUnknown(
        transaction,
        () -> {
          local.evict(key);
          Duration fresh = policy.jittered(policy.ttl());
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

  /** The bytes, or null where they are not to be kept, or Redis did not know one of the tags. */
  private byte @Nullable [] sealed(
      EntityKey<K> key, RedisKey redisKey, V value, List<String> given, Lease lease) {
    long readAt = given.isEmpty() || lease.now() == null ? 0 : lease.now();
    StoredValue<V> stored = new StoredValue<>(value, 0, readAt, given);
    return tags.admits(key.owner(), stored) ? values.sealed(redisKey, stored) : null;
  }
}
