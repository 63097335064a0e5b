package dev.tenon.cache;

import dev.tenon.core.Patch;
import dev.tenon.core.Repository;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.Required;
import java.util.Optional;
import java.util.function.Function;

/**
 * A repository whose rows are found by their identifier through the cache.
 *
 * <p>Cached are {@link #find} and {@link #get} outside a transaction, and nothing else. The writes
 * of this class invalidate in the transaction of their row, so that a rollback forgets nothing and
 * a commit is known when the call, or its transaction, returns. Whatever else the repository can do
 * is done by {@link #repository}: what it reads is not cached, and for what it writes {@link
 * #invalidate} is the caller's.
 *
 * <p>An identifier that the server compares otherwise than Java does, such as {@code citext} or
 * {@code char(n)}, is passed in one spelling: each has a value of its own in the cache. Safe for
 * use by many threads.
 *
 * @param <T> the records
 * @param <I> the identifiers
 */
public final class CachedRepository<T, I> {

  private static final String OF = "CachedRepository.of";

  private final Repository<T, I> repository;
  private final EntityCache<I, T> cache;
  private final Function<? super T, ? extends I> identifier;

  private CachedRepository(
      Repository<T, I> repository,
      EntityCache<I, T> cache,
      Function<? super T, ? extends I> identifier) {
    this.repository = repository;
    this.cache = cache;
    this.identifier = identifier;
  }

  /**
   * The repository through this cache, which nothing else may fill.
   *
   * @param identifier of a record, as {@code Host::id}
   */
  public static <T, I> CachedRepository<T, I> of(
      Repository<T, I> repository,
      EntityCache<I, T> cache,
      Function<? super T, ? extends I> identifier) {
    return new CachedRepository<>(
        Required.require(repository, "repository", OF),
        Required.require(cache, "cache", OF),
        Required.require(identifier, "identifier", OF));
  }

  /** {@link Repository#find}, through the cache. Absence is not cached. */
  public Optional<T> find(Session session, I key) {
    return cache.find(session, key, missing -> repository.find(session, missing));
  }

  /** {@link Repository#get}, through the cache. */
  public T get(Session session, I key) {
    return cache.get(session, key, missing -> repository.get(session, missing));
  }

  /** {@link Repository#insert}. */
  public void insert(Session session, T record) {
    var unused =
        write(
            session,
            identifier.apply(record),
            transaction -> {
              repository.insert(transaction, record);
              return Boolean.TRUE;
            });
  }

  /** {@link Repository#update}. */
  public T update(Session session, T record) {
    return write(
        session, identifier.apply(record), transaction -> repository.update(transaction, record));
  }

  /** {@link Repository#patch(Session, Object, Patch)}. */
  public T patch(Session session, I key, Patch patch) {
    return write(session, key, transaction -> repository.patch(transaction, key, patch));
  }

  /** {@link Repository#patch(Session, Object, Patch, long)}. */
  public T patch(Session session, I key, Patch patch, long expectedVersion) {
    return write(
        session, key, transaction -> repository.patch(transaction, key, patch, expectedVersion));
  }

  /** {@link Repository#upsert(Session, Object)}, by the identifier. */
  public T upsert(Session session, T record) {
    return write(
        session, identifier.apply(record), transaction -> repository.upsert(transaction, record));
  }

  /** {@link Repository#delete}. */
  public boolean delete(Session session, I key) {
    return write(session, key, transaction -> repository.delete(transaction, key));
  }

  /** {@link EntityCache#invalidate(Session, Object)}, for what was written another way. */
  public void invalidate(Session session, I key) {
    cache.invalidate(session, key);
  }

  /** The repository itself, which knows nothing of the cache. */
  public Repository<T, I> repository() {
    return repository;
  }

  /** What its cache did in this process. */
  public CacheStatistics statistics() {
    return cache.statistics();
  }

  /** Outside a transaction in one of its own, which the invalidation's event shares. */
  private <R> R write(Session session, I key, Transaction.Work<R, RuntimeException> work) {
    if (session instanceof Transaction transaction) {
      R result = work.run(transaction);
      cache.invalidate(transaction, key);
      return result;
    }
    return session.transactionResult(
        transaction -> {
          R result = work.run(transaction);
          cache.invalidate(transaction, key);
          return result;
        });
  }
}
