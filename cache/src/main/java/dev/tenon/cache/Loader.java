package dev.tenon.cache;

/**
 * Reads a value where it lives, when the cache has none.
 *
 * @param <K> the identifier
 * @param <R> what is read
 * @param <X> what the read throws; it reaches the caller of the cache unwrapped
 */
@FunctionalInterface
public interface Loader<K, R, X extends Exception> {
  R load(K identifier) throws X;
}
