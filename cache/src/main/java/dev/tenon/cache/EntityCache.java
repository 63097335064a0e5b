package dev.tenon.cache;

import dev.tenon.cache.Loads.Answer;
import dev.tenon.cache.Loads.Source;
import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.Collection;
import java.util.Map;
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
 * records are. Safe for use by many threads. Runs no SQL, but for an invalidation in a transaction
 * where the cache has an outbox, which is one statement.
 *
 * @param <K> the identifiers, with {@code equals}
 * @param <V> the values
 */
public final class EntityCache<K, V> {

  private final String name;
  private final CachePolicy policy;
  private final KeyFormat<K> keys;
  private final LocalLevel<K, V> local;
  private final TagTimes tags;
  private final EntityInvalidations<K, V> invalidations;
  private final Counters counters;
  private final SlowLoads slow;
  private final Loads<K, V> loads;
  private final ReadThrough<K, V> readThrough;
  private final BulkRead<K, V> bulk;
  private final Writing<K, V> writing;

  EntityCache(
      String name,
      CachePolicy policy,
      KeyFormat<K> keys,
      LocalLevel<K, V> local,
      TagTimes tags,
      EntityInvalidations<K, V> invalidations,
      Counters counters,
      SlowLoads slow,
      Loads<K, V> loads,
      ReadThrough<K, V> readThrough,
      BulkRead<K, V> bulk,
      Writing<K, V> writing) {
    this.name = name;
    this.policy = policy;
    this.keys = keys;
    this.local = local;
    this.tags = tags;
    this.invalidations = invalidations;
    this.counters = counters;
    this.slow = slow;
    this.loads = loads;
    this.readThrough = readThrough;
    this.bulk = bulk;
    this.writing = writing;
  }

  /**
   * The value of an identifier in the session's tenant.
   *
   * <p>The loader runs outside any transaction and must read committed data from the primary
   * server. An absence that {@link #find} has cached is no answer here: the loader is asked, and
   * nothing kept.
   *
   * <p>One load runs per key, and who waits for it gets its value, or the very exception that it
   * throws, if it is of the same loader: from the same place in the code.
   *
   * @throws X what the loader throws
   * @throws UsageException if the session has no tenant and the values are not shared, or the
   *     loader returns null
   * @throws InvalidDataException if the identifier is null or longer than 512 characters
   * @throws dev.tenon.core.RetryableException if the call takes longer than the policy's hard
   *     timeout
   */
  public <X extends Exception> V get(Session session, K identifier, Loader<? super K, V, X> loader)
      throws X {
    UUID owner = owner(session);
    Held<V> held = session instanceof Transaction ? null : local.find(owner, require(identifier));
    V found = held == null ? read(session, identifier, Sources.present(name, loader)) : hit(held);
    return found != null ? found : around(owner, identifier, Sources.present(name, loader));
  }

  /** Like {@link #get(Session, Object, Loader)}, outside any transaction. */
  public <X extends Exception> V get(TenantId tenant, K identifier, Loader<? super K, V, X> loader)
      throws X {
    UUID owner = owner(tenant);
    Held<V> held = local.find(owner, require(identifier));
    V found = held == null ? read(tenant, identifier, Sources.present(name, loader)) : hit(held);
    return found != null ? found : around(owner, identifier, Sources.present(name, loader));
  }

  /** Like {@link #get(Session, Object, Loader)}, with a loader that says how to keep its value. */
  public <X extends Exception> V get(
      Session session, K identifier, ContextLoader<? super K, V, X> loader) throws X {
    UUID owner = owner(session);
    Held<V> held = session instanceof Transaction ? null : local.find(owner, require(identifier));
    V found = held == null ? read(session, identifier, Sources.present(name, loader)) : hit(held);
    return found != null ? found : around(owner, identifier, Sources.present(name, loader));
  }

  /**
   * Like {@link #get(Session, Object, Loader)} for a value that may be absent. Absence is cached
   * where the policy has a {@linkplain CachePolicy#withNegativeTtl time} for it.
   */
  public <X extends Exception> Optional<V> find(
      Session session, K identifier, Loader<? super K, Optional<V>, X> loader) throws X {
    UUID owner = owner(session);
    Held<V> held = session instanceof Transaction ? null : local.find(owner, require(identifier));
    return Optional.ofNullable(
        held == null ? read(session, identifier, Sources.optional(loader)) : hit(held));
  }

  /** Like {@link #find(Session, Object, Loader)}, outside any transaction. */
  public <X extends Exception> Optional<V> find(
      TenantId tenant, K identifier, Loader<? super K, Optional<V>, X> loader) throws X {
    Held<V> held = local.find(owner(tenant), require(identifier));
    return Optional.ofNullable(
        held == null ? read(tenant, identifier, Sources.optional(loader)) : hit(held));
  }

  /**
   * Like {@link #find(Session, Object, Loader)}, with a loader that says how to keep its value, and
   * an answer that says where it comes from.
   */
  public <X extends Exception> CacheResult<V> lookup(
      Session session, K identifier, ContextLoader<? super K, Optional<V>, X> loader) throws X {
    EntityKey<K> key = key(owner(session), identifier);
    Source<K, V, X> source = Sources.optional(loader);
    if (session instanceof Transaction) {
      return new CacheResult<>(Optional.ofNullable(loads.alone(key, source)), CacheSource.BYPASSED);
    }
    Held<V> held = local.find(key.owner(), identifier);
    Answer<V> answer = held == null ? readThrough.read(key, source) : readThrough.ofMemory(held);
    return new CacheResult<>(Optional.ofNullable(answer.value()), answer.source());
  }

  /**
   * The values of many identifiers, of those that have one, in their order: one MGET for what
   * memory does not have, one round trip for the leases of what Redis does not have, one call of
   * the loader, and one round trip to keep what it found.
   *
   * <p>What another thread or process loads meanwhile is waited for, as {@link #get} does. The
   * loader's context is that of all its values. Timeouts are those of one value, but in a
   * transaction: there the loader runs in its thread, for as long as it takes.
   *
   * @throws X what the loader throws
   */
  public <X extends Exception> Map<K, V> getAll(
      Session session, Collection<? extends K> identifiers, BulkLoader<K, V, X> loader) throws X {
    UUID owner = owner(session);
    Required.require(identifiers, "identifiers", "EntityCache.getAll").forEach(this::require);
    return session instanceof Transaction
        ? bulk.alone(identifiers, loader)
        : bulk.read(owner, identifiers, loader);
  }

  /**
   * Says what a transaction has written, so that it need not be loaded: kept once the transaction
   * is committed, and only where no other {@code put} of the identifier was called, and no
   * invalidation done, in between. Of an invalidation whose transaction is committed, and which is
   * not done yet, it knows nothing: until that is done the value may be read.
   *
   * <p>Until the commit nobody finds the old value in Redis, and nobody keeps one there; who reads
   * loads. After the commit every process forgets what it holds. After a rollback the value is
   * loaded anew by whoever asks.
   *
   * <p>Give it the tags that its loader would: an {@linkplain #invalidateTag invalidation} of one
   * that is called later ends it. Where this process has met tags of the entity, a value without
   * any is not kept, since it may lack its own; nor is one with a tag that Redis does not know yet.
   * It is an invalidation then.
   *
   * @throws UsageException if the session has no tenant and the values are not shared, or the cache
   *     is closed
   * @throws InvalidDataException as {@link LoadContext#tag}
   */
  public void put(Transaction transaction, K identifier, V value, String... tags) {
    EntityKey<K> key = key(owner(transaction), identifier);
    if (value == null) {
      throw Loads.nothing("the value is null", "put", "invalidate what is not there any more");
    }
    invalidations.requireOpen("EntityCache.put");
    writing.put(transaction, key, value, Loading.tags("EntityCache.put", tags));
  }

  /**
   * Makes every process forget a value once the work of the session is committed; after a rollback
   * nothing happens.
   *
   * <p>When the commit returns, no later read of this process gets the old value, and no other
   * process does once the message reached it. Where Redis does not confirm, the invalidation is
   * sent again until it does; the caller learns nothing of it. With {@link
   * CacheConfig.Builder#invalidatingThrough} the invalidation is also an event of this transaction,
   * which a relay delivers whatever becomes of this process; a session that is no transaction has
   * nothing to commit it with.
   *
   * @throws UsageException if the session has no tenant and the values are not shared, the tables
   *     of the outbox are missing, or the cache is closed
   */
  public void invalidate(Session session, K identifier) {
    EntityKey<K> key = key(owner(session), identifier);
    invalidations.requireOpen("EntityCache.invalidate");
    invalidations.invalidate(session, key);
  }

  /** Makes every process forget a value now, for a change that is committed already. */
  public void invalidate(TenantId tenant, K identifier) {
    EntityKey<K> key = key(owner(tenant), identifier);
    invalidations.requireOpen("EntityCache.invalidate");
    invalidations.invalidate(key);
  }

  /**
   * Like {@link #invalidate(Session, Object)}, for all values of the tenant whose loader gave them
   * the {@linkplain LoadContext#tag tag}; one round trip, however many there are.
   */
  public void invalidateTag(Session session, String tag) {
    UUID owner = owner(session);
    Loading.requireTag("EntityCache.invalidateTag", tag);
    invalidations.requireOpen("EntityCache.invalidateTag");
    invalidations.invalidateTag(session, owner, tag);
  }

  /** Like {@link #invalidateTag(Session, String)} now, for a change that is committed already. */
  public void invalidateTag(TenantId tenant, String tag) {
    UUID owner = owner(tenant);
    Loading.requireTag("EntityCache.invalidateTag", tag);
    invalidations.requireOpen("EntityCache.invalidateTag");
    invalidations.invalidateTag(owner, tag);
  }

  /** What this cache did in this process. */
  public CacheStatistics statistics() {
    return counters.read();
  }

  @Override
  public String toString() {
    return "EntityCache[" + name + ", " + policy + "]";
  }

  String name() {
    return name;
  }

  /** What about its loader wants attention, if anything. */
  Optional<CacheFinding> finding() {
    return slow.finding();
  }

  boolean isShared() {
    return policy.shared();
  }

  /**
   * The key of the value whose tenant and identifier are these texts; the tenant of shared values
   * is not read.
   *
   * @throws IllegalArgumentException if they are not
   */
  RedisKey redisKey(String tenant, String identifier) {
    UUID owner = policy.shared() ? EntityKey.EVERYONE : UUID.fromString(tenant);
    return keys.redisKey(new EntityKey<>(owner, keys.identifier(identifier)));
  }

  RedisKey redisKey(Session session, K identifier) {
    return keys.redisKey(key(owner(session), identifier));
  }

  /** Forgets now, whatever becomes of the session's work. */
  void forget(Session session, K identifier) {
    invalidations.invalidate(key(owner(session), identifier));
  }

  /** Forgets what has the tag now, whatever becomes of the session's work. */
  void forgetTag(Session session, String tag) {
    invalidations.invalidateTag(owner(session), tag);
  }

  /** The identifier of a key that has these parts, escaped; empty if they are of none. */
  Optional<K> identifier(String owner, String escaped) {
    return keys.read(owner, escaped).map(EntityKey::identifier);
  }

  void clear() {
    local.clear();
    tags.clear();
  }

  /** An invalidation that some process sent. */
  void heard(String owner, String identifier) {
    invalidations.heard(owner, identifier);
  }

  /** The end of a tenant that some process sent. */
  void heardOfTenant(String owner) {
    invalidations.heardOfTenant(owner);
  }

  void forget(UUID owner) {
    local.evictOwner(owner);
  }

  private @Nullable V hit(Held<V> held) {
    counters.hit(held);
    return held.value();
  }

  /** Where nothing was found, an absence was cached: this loader has not been asked. */
  private <X extends Exception> V around(UUID owner, K identifier, Source<K, V, X> source)
      throws X {
    return Sources.present(
        name, loads.around(key(owner, identifier), source, loads.patience().begin()));
  }

  private <X extends Exception> @Nullable V read(
      Session session, K identifier, Source<K, V, X> source) throws X {
    EntityKey<K> key = key(owner(session), identifier);
    return session instanceof Transaction
        ? loads.alone(key, source)
        : readThrough.read(key, source).value();
  }

  private <X extends Exception> @Nullable V read(
      TenantId tenant, K identifier, Source<K, V, X> source) throws X {
    return readThrough.read(key(owner(tenant), identifier), source).value();
  }

  private EntityKey<K> key(UUID owner, K identifier) {
    return new EntityKey<>(owner, require(identifier));
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

  private K require(@Nullable K identifier) {
    if (identifier == null) {
      throw new InvalidDataException(
          Problem.what("the identifier is null")
              .where("the cache of " + name)
              .why("it is part of every key")
              .fix("pass the identifier of a value"));
    }
    return identifier;
  }
}
