package dev.tenon.cache;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The values of one entity in the memory of the process, behind the {@link Fence}.
 *
 * <p>A UUID is its own key there, as is what all tenants share: a UUID names a row of one tenant,
 * so a hit has no key to make. Whose value it is, is looked at on each hit, and one of another
 * tenant by the same UUID takes its place.
 */
final class LocalLevel<K, V> {

  private final Fence fence;
  private final Duration most;
  private final boolean isKeyedByIdentifier;
  private final ConcurrentMap<Object, Held<V>> entries;

  LocalLevel(Fence fence, CachePolicy policy, Class<K> identifier) {
    this(
        fence,
        policy,
        identifier,
        Caffeine.newBuilder()
            .maximumSize(policy.localEntries())
            .expireAfter(
                Expiry.<Object, Held<V>>writing((key, held) -> Duration.ofNanos(held.nanos())))
            .executor(new Tidying())
            .<Object, Held<V>>build()
            .asMap());
  }

  /** In a map whose entries change one at a time, and which is walked as they change. */
  LocalLevel(
      Fence fence,
      CachePolicy policy,
      Class<K> identifier,
      ConcurrentMap<Object, Held<V>> entries) {
    this.fence = fence;
    this.most = policy.localTtl();
    this.isKeyedByIdentifier = policy.shared() || identifier == UUID.class;
    this.entries = entries;
  }

  /**
   * What is held of a key.
   *
   * @param value null where it is known that there is none
   * @param nanos how long it may be held
   * @param isStale whether its time had ended
   */
  record Held<V>(UUID owner, @Nullable V value, long nanos, List<String> tags, boolean isStale) {}

  /** What was valid when this was called; null also while the bus is down. */
  @Nullable Held<V> find(UUID owner, K identifier) {
    if (!isInUse()) {
      return null;
    }
    if (!isKeyedByIdentifier) {
      return entries.get(new EntityKey<>(owner, identifier));
    }
    Held<V> held = entries.get(identifier);
    return held != null && held.owner().equals(owner) ? held : null;
  }

  /** Whether it holds and answers anything: not while the bus is down. */
  boolean isInUse() {
    return fence.isBusUp();
  }

  long ticket(EntityKey<K> key) {
    return fence.ticket(key);
  }

  /** The longest that a value is held that may be held for so long. */
  long nanos(long freshNanos) {
    return Math.min(most.toNanos(), freshNanos);
  }

  /** Keeps what was read after the ticket was taken, unless it was overtaken. */
  boolean offer(EntityKey<K> key, Held<V> held, long ticket) {
    return offer(key, held, ticket, false);
  }

  /**
   * Like {@link #offer(EntityKey, Held, long)}.
   *
   * @param isNewer whether others may be reading what it replaces, which then is refused
   */
  boolean offer(EntityKey<K> key, Held<V> held, long ticket, boolean isNewer) {
    return fence.enter(
        () ->
            entries.compute(
                    local(key), (same, present) -> isAdmitted(key, ticket, isNewer) ? held : null)
                != null);
  }

  private boolean isAdmitted(EntityKey<K> key, long ticket, boolean isNewer) {
    boolean isAdmitted = fence.admits(key, ticket);
    if (isAdmitted && isNewer) {
      fence.move(key);
    }
    return isAdmitted;
  }

  void evict(EntityKey<K> key) {
    fence.move(key);
    entries.remove(local(key));
  }

  private Object local(EntityKey<K> key) {
    return isKeyedByIdentifier ? key.identifier() : key;
  }

  void clear() {
    entries.clear();
  }

  /** Evicts the values of one tenant, and refuses what is being read, whoever owns it. */
  void evictOwner(UUID owner) {
    evictAll(held -> held.owner().equals(owner));
  }

  /** Evicts a tenant's values that have the tag, and refuses what is being read. */
  void evictTag(UUID owner, String tag) {
    evictAll(held -> held.owner().equals(owner) && held.tags().contains(tag));
  }

  private void evictAll(Predicate<Held<V>> doomed) {
    fence.moveAll();
    entries.values().removeIf(doomed);
  }

  /** Evicts everything, and refuses what is being read. */
  void evictAll() {
    fence.moveAll();
    entries.clear();
  }
}
