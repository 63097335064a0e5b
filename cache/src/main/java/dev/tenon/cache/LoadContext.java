package dev.tenon.cache;

import java.time.Duration;

/** What a loader may say of the value that it loads. For the one load, in the loader's thread. */
public interface LoadContext {

  /**
   * How long this value lives, instead of the policy's time to live.
   *
   * @throws dev.tenon.core.UsageException if it is not from 1 ms to the policy's own
   */
  LoadContext timeToLive(Duration ttl);

  /**
   * Ends this value with all others of the tag, at {@link EntityCache#invalidateTag}.
   *
   * @throws dev.tenon.core.InvalidDataException if it is empty, has more than 200 characters, or is
   *     the 33rd of the value
   */
  LoadContext tag(String tag);

  /** Keeps this value nowhere. */
  LoadContext doNotCache();
}
