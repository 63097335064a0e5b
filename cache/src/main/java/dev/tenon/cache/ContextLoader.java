package dev.tenon.cache;

/**
 * A {@link Loader} that says how its value is to be kept.
 *
 * @param <K> the identifier
 * @param <R> what is read
 * @param <X> what the read throws; it reaches the caller of the cache unwrapped
 */
@FunctionalInterface
public interface ContextLoader<K, R, X extends Exception> {
  R load(K identifier, LoadContext context) throws X;
}
