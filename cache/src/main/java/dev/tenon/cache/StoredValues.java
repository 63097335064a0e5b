package dev.tenon.cache;

import dev.tenon.cache.RemoteAnswer.Found;
import dev.tenon.core.internal.Required;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the bytes that Redis holds of the values of one entity, and reads them. */
final class StoredValues<V> {

  private static final Logger LOG = LoggerFactory.getLogger(StoredValues.class);

  private final Codec<V> codec;
  private final int shape;
  private final CachePolicy policy;
  private final TagTimes tags;
  private final Counters counters;
  private final UnkeptValues unkept;

  StoredValues(
      Codec<V> codec, CachePolicy policy, TagTimes tags, Counters counters, UnkeptValues unkept) {
    this.codec = Required.require(codec, "codec", "Cache.entity");
    this.shape = StoredValue.shapeOf(codec);
    this.policy = policy;
    this.tags = tags;
    this.counters = counters;
    this.unkept = unkept;
  }

  /** The bytes, or null where they are not to be kept. */
  byte @Nullable [] sealed(RedisKey key, StoredValue<V> stored) {
    try {
      return stored.seal(codec, shape, policy);
    } catch (StoredValue.TooLargeException large) {
      counters.oversized.increment();
      unkept.tooLarge(key, large);
      return null;
    } catch (IOException
        | RuntimeException
        | LinkageError
        | AssertionError
        | StackOverflowError unencodable) {
      counters.codecFailures.increment();
      unkept.unencodable(key, unencodable);
      return null;
    }
  }

  /** What the bytes hold, or null where they cannot be read or a tag has ended them. */
  @Nullable StoredValue<V> opened(UUID owner, RedisKey redisKey, Found found) {
    StoredValue<V> stored = decoded(redisKey, found);
    return stored != null && tags.admits(owner, stored) ? stored : null;
  }

  /** What the bytes hold, or null where they cannot be read. */
  @Nullable StoredValue<V> decoded(RedisKey redisKey, Found found) {
    try {
      return StoredValue.open(codec, shape, policy, found.bytes());
    } catch (IOException
        | RuntimeException
        | LinkageError
        | AssertionError
        | StackOverflowError undecodable) {
      counters.codecFailures.increment();
      LOG.debug("{} cannot be decoded; it is loaded anew", redisKey.value(), undecodable);
      return null;
    }
  }

  /** Whether the time of a value has not ended. */
  static boolean isFresh(Found found) {
    try {
      return StoredValue.freshUntil(found.bytes()) > found.now();
    } catch (IOException unreadable) {
      return false;
    }
  }

  /** For how long what was found is fresh; of bytes that could be opened. */
  static long restMillis(Found found) {
    return restMillis(found, 0);
  }

  /** Like {@link #restMillis(Found)}, for something that lasts so much longer. */
  static long restMillis(Found found, long longer) {
    try {
      return Math.max(1, StoredValue.freshUntil(found.bytes()) - found.now() + longer);
    } catch (IOException unreadable) {
      return 1;
    }
  }
}
