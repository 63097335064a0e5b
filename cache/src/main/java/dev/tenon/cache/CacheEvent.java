package dev.tenon.cache;

/** What happens to a cache as a whole, rarely; single reads are counted instead. */
public enum CacheEvent {
  /** Invalidations of other processes arrive, and memory answers. */
  CONNECTED,
  /** They do not, and memory is empty and answers nothing. */
  DISCONNECTED,
  /** A message was missed, or a process fell silent: memory was emptied. */
  CLEARED,
  /** Redis did not confirm an invalidation, which is sent again. */
  INVALIDATION_DEFERRED
}
