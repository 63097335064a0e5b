package dev.tenon.cache;

import java.util.Optional;

/**
 * An answer of a cache, and where it comes from.
 *
 * @param value empty where there is none
 * @param source also of an absence: one from memory or Redis was remembered
 */
public record CacheResult<V>(Optional<V> value, CacheSource source) {

  /** Whether the loader did not run for it. */
  public boolean isHit() {
    return source != CacheSource.LOADED && source != CacheSource.BYPASSED;
  }
}
