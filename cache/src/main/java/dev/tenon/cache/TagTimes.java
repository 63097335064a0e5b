package dev.tenon.cache;

import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.internal.RedisLink;
import java.util.List;
import java.util.UUID;

/**
 * When the tags of an entity were last invalidated, by Redis' clock, behind the {@link Fence} as
 * values are.
 *
 * <p>A value that was read at that time or before it is valid no longer. Redis may lose the time of
 * a tag and keep its values, where it evicts for want of memory: so a tag without a time ends all
 * that was read until now, and who keeps a value sees to it that its tags have one. The clocks of
 * the nodes of a cluster differ a little, so there a value must be younger by a second.
 */
final class TagTimes {

  private static final long CLUSTER_SKEW_MILLIS = 1_000;

  private final RedisLink link;
  private final KeyFormat<?> keys;
  private final PendingInvalidations pending;
  private final LocalLevel<String, Long> known;
  private final CachePolicy policy;
  private final long skew;

  TagTimes(
      RedisLink link,
      KeyFormat<?> keys,
      PendingInvalidations pending,
      Fence fence,
      CachePolicy policy,
      boolean isCluster) {
    this.link = link;
    this.keys = keys;
    this.pending = pending;
    this.policy = policy;
    this.known = new LocalLevel<>(fence, policy, String.class);
    this.skew = isCluster ? CLUSTER_SKEW_MILLIS : 0;
  }

  /** Whether no tag has ended it; false also where Redis does not say. */
  boolean admits(UUID owner, StoredValue<?> value) {
    for (String tag : value.tags()) {
      if (value.readAt() - skew <= time(owner, tag, "")) {
        return false;
      }
    }
    return true;
  }

  /** Before a value is kept that was read at this time, by Redis' clock. */
  void prepare(UUID owner, List<String> tags, long readAt) {
    for (String tag : tags) {
      long unused = time(owner, tag, Long.toString(readAt - skew - 1));
    }
  }

  private long time(UUID owner, String tag, String otherwise) {
    RedisTag redisTag = keys.tag(owner, tag);
    if (pending.contains(redisTag)) {
      return Long.MAX_VALUE;
    }
    EntityKey<String> key = new EntityKey<>(owner, KeyFormat.TAG + tag);
    Held<Long> held = known.find(owner, KeyFormat.TAG + tag);
    if (held != null && held.value() != null) {
      return held.value();
    }
    long ticket = known.ticket(key);
    Object answer =
        link.run(
            Scripts.TAG_TIME,
            redisTag.doomed(),
            RemoteLevel.text(Long.toString(redisTag.keptMillis())),
            RemoteLevel.text(otherwise));
    if (!(answer instanceof Long time)) {
      return Long.MAX_VALUE;
    }
    boolean unused =
        known.offer(
            key, new Held<>(owner, time, policy.localTtl().toNanos(), List.of(), false), ticket);
    return time;
  }

  void evict(UUID owner, String tag) {
    known.evict(new EntityKey<>(owner, KeyFormat.TAG + tag));
  }

  void clear() {
    known.clear();
  }
}
