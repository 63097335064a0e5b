package dev.tenon.cache;

import dev.tenon.cache.StoredValue.TooLargeException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of the first value of an entity that cannot be kept, for each cause: the next ones are
 * counted, and a debug log tells their keys.
 */
final class UnkeptValues {

  private final Logger log;
  private final String entity;
  private final AtomicBoolean isLargeTold = new AtomicBoolean();
  private final AtomicBoolean isUnencodableTold = new AtomicBoolean();

  UnkeptValues(String entity) {
    this(LoggerFactory.getLogger(UnkeptValues.class), entity);
  }

  UnkeptValues(Logger log, String entity) {
    this.log = log;
    this.entity = entity;
  }

  void tooLarge(RedisKey key, TooLargeException large) {
    if (isLargeTold.compareAndSet(false, true)) {
      log.warn(
          "A value of {} is not kept, nor are others like it, which are counted (oversized): {}",
          entity,
          large.getMessage());
    }
    log.debug("{} is not kept: {}", key.value(), large.getMessage());
  }

  void unencodable(RedisKey key, Throwable cause) {
    if (isUnencodableTold.compareAndSet(false, true)) {
      log.warn(
          "A value of {} cannot be encoded and is not kept, nor are others like it, which are"
              + " counted (codecFailures)",
          entity,
          cause);
    }
    log.debug("{} cannot be encoded and is not kept", key.value(), cause);
  }
}
