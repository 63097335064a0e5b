package dev.tenon.cache;

/** Where an answer of a cache comes from. */
public enum CacheSource {
  /** The memory of the process. */
  MEMORY,
  /** Redis. */
  REDIS,
  /** The loader, which had to run. */
  LOADED,
  /** A load of another thread of this process. */
  JOINED,
  /** A value whose time has ended, because the loader failed, is slow, or runs elsewhere. */
  STALE,
  /**
   * The loader, past a Redis that did not answer, or in a transaction: nothing of it is kept there.
   */
  BYPASSED
}
