package dev.tenon.cache;

import dev.tenon.core.Session;
import dev.tenon.core.internal.FramedSession;
import java.util.Optional;
import java.util.UUID;

/** What makes the values of one entity end: here, in Redis and in every process. */
final class EntityInvalidations<K, V> {

  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final TagTimes tags;
  private final PendingInvalidations pending;
  private final InvalidationEvents events;

  EntityInvalidations(
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      TagTimes tags,
      PendingInvalidations pending,
      InvalidationEvents events) {
    this.keys = keys;
    this.local = local;
    this.tags = tags;
    this.pending = pending;
    this.events = events;
  }

  /**
   * Refuses what could not be confirmed any more.
   *
   * @throws dev.tenon.core.UsageException if the cache is closed
   */
  void requireOpen(String where) {
    pending.requireOpen(where);
  }

  /** With the commit of the session. */
  void invalidate(Session session, EntityKey<K> key) {
    RedisKey redisKey = keys.redisKey(key);
    events.publish(session, redisKey);
    FramedSession.afterCommitOrUnknown(session, () -> invalidate(key, redisKey));
  }

  /** Now. */
  void invalidate(EntityKey<K> key) {
    invalidate(key, keys.redisKey(key));
  }

  private void invalidate(EntityKey<K> key, RedisKey redisKey) {
    local.evict(key);
    pending.send(redisKey);
    local.evict(key);
  }

  /** With the commit of the session. */
  void invalidateTag(Session session, UUID owner, String tag) {
    RedisTag redisTag = keys.tag(owner, tag);
    tags.use();
    events.publish(session, redisTag);
    FramedSession.afterCommitOrUnknown(session, () -> invalidateTag(owner, tag, redisTag));
  }

  /** Now. */
  void invalidateTag(UUID owner, String tag) {
    tags.use();
    invalidateTag(owner, tag, keys.tag(owner, tag));
  }

  private void invalidateTag(UUID owner, String tag, RedisTag redisTag) {
    forgetTag(owner, tag);
    pending.send(redisTag);
    forgetTag(owner, tag);
  }

  /** An invalidation that some process sent. */
  void heard(String owner, String identifier) {
    Optional<EntityKey<String>> tag = keys.readTag(owner, identifier);
    if (tag.isPresent()) {
      forgetTag(tag.get().owner(), tag.get().identifier());
    } else {
      keys.read(owner, identifier).ifPresentOrElse(local::evict, this::forgetEverything);
    }
  }

  /** The end of a tenant that some process sent. */
  void heardOfTenant(String owner) {
    try {
      local.evictOwner(UUID.fromString(owner));
    } catch (IllegalArgumentException malformed) {
      forgetEverything();
    }
  }

  private void forgetEverything() {
    local.evictAll();
    tags.clear();
  }

  private void forgetTag(UUID owner, String tag) {
    tags.evict(owner, tag);
    local.evictTag(owner, tag);
  }
}
