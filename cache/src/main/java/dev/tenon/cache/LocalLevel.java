package dev.tenon.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The values of one entity in the memory of the process, behind the {@link Fence}. */
final class LocalLevel<K, V> {

  private final Fence fence;
  private final Cache<EntityKey<K>, V> entries;

  LocalLevel(Fence fence, CachePolicy policy) {
    this.fence = fence;
    this.entries =
        Caffeine.newBuilder()
            .maximumSize(policy.localEntries())
            .expireAfterWrite(policy.localTtl())
            .build();
  }

  /** A value that was valid when this was called; null also while the bus is down. */
  @Nullable V find(EntityKey<K> key) {
    return fence.isBusUp() ? entries.getIfPresent(key) : null;
  }

  long ticket(EntityKey<K> key) {
    return fence.ticket(key);
  }

  /** Keeps a value that was read after the ticket was taken, unless it was overtaken. */
  boolean offer(EntityKey<K> key, V value, long ticket) {
    return entries.asMap().compute(key, (same, present) -> fence.admits(key, ticket) ? value : null)
        != null;
  }

  void evict(EntityKey<K> key) {
    fence.move(key);
    entries.invalidate(key);
  }

  void clear() {
    entries.invalidateAll();
  }

  /** Evicts the values of one tenant, and refuses what is being read, whoever owns it. */
  void evictOwner(UUID owner) {
    fence.moveAll();
    entries.asMap().keySet().removeIf(key -> key.owner().equals(owner));
  }

  /** Evicts everything, and refuses what is being read. */
  void evictAll() {
    fence.moveAll();
    entries.invalidateAll();
  }
}
