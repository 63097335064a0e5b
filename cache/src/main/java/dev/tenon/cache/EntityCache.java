package dev.tenon.cache;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.FramedSession;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The cached values of one entity, each of one tenant.
 *
 * <p>A read is answered from the memory of the process, then from Redis, then by the loader. What
 * fails in Redis never reaches the caller: the loader answers instead. In a transaction the cache
 * steps aside and the loader is called, because what a transaction reads may be uncommitted or an
 * old snapshot, and must not be handed to others.
 *
 * <p>Values are handed out as they are to every caller of this process: they must be immutable, as
 * records are. Safe for use by many threads. Runs no SQL.
 *
 * @param <K> the identifiers, with {@code equals}
 * @param <V> the values
 */
public final class EntityCache<K, V> {

  private final String name;
  private final CachePolicy policy;
  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final PendingInvalidations invalidations;
  private final Counters counters;
  private final ReadThrough<K, V> readThrough;

  EntityCache(
      String name,
      CachePolicy policy,
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      PendingInvalidations invalidations,
      Counters counters,
      ReadThrough<K, V> readThrough) {
    this.name = name;
    this.policy = policy;
    this.keys = keys;
    this.local = local;
    this.invalidations = invalidations;
    this.counters = counters;
    this.readThrough = readThrough;
  }

  /**
   * The value of an identifier in the session's tenant.
   *
   * <p>The loader runs outside any transaction and must read committed data from the primary
   * server.
   *
   * @throws X what the loader throws
   * @throws UsageException if the session has no tenant and the values are not shared, or the
   *     loader returns null
   * @throws InvalidDataException if the identifier is null or longer than 512 characters
   */
  public <X extends Exception> V get(Session session, K identifier, Loader<? super K, V, X> loader)
      throws X {
    UUID owner = owner(session);
    if (session instanceof Transaction) {
      return present(readThrough.load(key(owner, identifier), loader::load));
    }
    V value = hit(owner, identifier);
    return value != null ? value : present(readThrough.read(key(owner, identifier), loader::load));
  }

  /** Like {@link #get(Session, Object, Loader)}, outside any transaction. */
  public <X extends Exception> V get(TenantId tenant, K identifier, Loader<? super K, V, X> loader)
      throws X {
    UUID owner = owner(tenant);
    V value = hit(owner, identifier);
    return value != null ? value : present(readThrough.read(key(owner, identifier), loader::load));
  }

  /**
   * Like {@link #get(Session, Object, Loader)} for a value that may be absent. Absence is not
   * cached.
   */
  public <X extends Exception> Optional<V> find(
      Session session, K identifier, Loader<? super K, Optional<V>, X> loader) throws X {
    UUID owner = owner(session);
    if (session instanceof Transaction) {
      return Optional.ofNullable(readThrough.load(key(owner, identifier), orNull(loader)));
    }
    V value = hit(owner, identifier);
    return value != null
        ? Optional.of(value)
        : Optional.ofNullable(readThrough.read(key(owner, identifier), orNull(loader)));
  }

  /** Like {@link #find(Session, Object, Loader)}, outside any transaction. */
  public <X extends Exception> Optional<V> find(
      TenantId tenant, K identifier, Loader<? super K, Optional<V>, X> loader) throws X {
    UUID owner = owner(tenant);
    V value = hit(owner, identifier);
    return value != null
        ? Optional.of(value)
        : Optional.ofNullable(readThrough.read(key(owner, identifier), orNull(loader)));
  }

  /**
   * Makes every process forget a value once the work of the session is committed; after a rollback
   * nothing happens.
   *
   * <p>When the commit returns, no later read of this process gets the old value, and no other
   * process does once the message reached it. Where Redis does not confirm, the invalidation is
   * sent again until it does; the caller learns nothing of it.
   *
   * @throws UsageException if the session has no tenant and the values are not shared
   */
  public void invalidate(Session session, K identifier) {
    EntityKey<K> key = key(owner(session), identifier);
    RedisKey redisKey = keys.redisKey(key);
    FramedSession.afterCommitOrUnknown(session, () -> invalidate(key, redisKey));
  }

  /** Makes every process forget a value now, for a change that is committed already. */
  public void invalidate(TenantId tenant, K identifier) {
    EntityKey<K> key = key(owner(tenant), identifier);
    invalidate(key, keys.redisKey(key));
  }

  /** What this cache did in this process. */
  public CacheStatistics statistics() {
    return counters.read();
  }

  @Override
  public String toString() {
    return "EntityCache[" + name + ", " + policy + "]";
  }

  void clear() {
    local.clear();
  }

  /** An invalidation that some process sent. */
  void heard(String owner, String identifier) {
    keys.read(owner, identifier).ifPresentOrElse(local::evict, local::evictAll);
  }

  /** The end of a tenant that some process sent. */
  void heardOfTenant(String owner) {
    try {
      forget(UUID.fromString(owner));
    } catch (IllegalArgumentException malformed) {
      local.evictAll();
    }
  }

  void forget(UUID owner) {
    local.evictOwner(owner);
  }

  private void invalidate(EntityKey<K> key, RedisKey redisKey) {
    local.evict(key);
    invalidations.send(redisKey);
    local.evict(key);
  }

  /**
   * The key is made here and goes no further, so that the compiler can do without it: one that went
   * on to the loader where there is no value would be allocated also where there is one.
   */
  private @Nullable V hit(UUID owner, K identifier) {
    V value = local.find(key(owner, identifier));
    if (value != null) {
      counters.localHits.increment();
    }
    return value;
  }

  private EntityKey<K> key(UUID owner, K identifier) {
    return new EntityKey<>(owner, requireIdentifier(identifier));
  }

  private UUID owner(TenantId tenant) {
    return policy.shared() ? EntityKey.EVERYONE : tenant.value();
  }

  private UUID owner(Session session) {
    if (policy.shared()) {
      return EntityKey.EVERYONE;
    }
    Optional<TenantId> tenant = session.tenant();
    if (tenant.isEmpty()) {
      throw new UsageException(
          Problem.what("a value of a tenant was asked for in a session without a tenant")
              .where("the cache of " + name)
              .why("the tenant is part of every key")
              .fix("pass a tenant session, or declare the values sharedByAllTenants()"));
    }
    return tenant.get().value();
  }

  private K requireIdentifier(@Nullable K identifier) {
    if (identifier == null) {
      throw new InvalidDataException(
          Problem.what("the identifier is null")
              .where("the cache of " + name)
              .why("it is part of every key")
              .fix("pass the identifier of a value"));
    }
    return identifier;
  }

  private V present(@Nullable V value) {
    if (value == null) {
      throw new UsageException(
          Problem.what("the loader returned null")
              .where("the cache of " + name)
              .why("get promises a value")
              .fix("use find with a loader that returns an Optional"));
    }
    return value;
  }

  private static <K, V, X extends Exception> ReadThrough.Source<K, V, X> orNull(
      Loader<? super K, Optional<V>, X> loader) {
    return identifier -> loader.load(identifier).orElse(null);
  }
}
