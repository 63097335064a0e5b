package dev.tenon.cache;

import java.util.List;
import java.util.Map;

/**
 * Reads many values where they live, when the cache has none of them.
 *
 * @param <K> the identifiers
 * @param <V> the values
 * @param <X> what the read throws; it reaches the caller of the cache unwrapped
 */
@FunctionalInterface
public interface BulkLoader<K, V, X extends Exception> {

  /** The values of those that have one; what is not in the answer does not exist. */
  Map<K, V> load(List<K> identifiers, LoadContext context) throws X;
}
