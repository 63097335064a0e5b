package dev.tenon.cache;

import dev.tenon.cache.internal.RedisLink;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends invalidations to Redis, and again until it confirms.
 *
 * <p>While one is unconfirmed this process does not believe what Redis says about its key. A count
 * per key keeps a confirmation from hiding a failure that came after it.
 */
final class PendingInvalidations {

  private static final Logger LOG = LoggerFactory.getLogger(PendingInvalidations.class);
  private static final int MOST = 100_000;

  private final RedisLink link;
  private final byte[] channel;
  private final Map<RedisKey, Long> failures = new ConcurrentHashMap<>();

  PendingInvalidations(RedisLink link, String channel) {
    this.link = link;
    this.channel = channel.getBytes(StandardCharsets.US_ASCII);
  }

  /** Sends one; it is pending if Redis does not confirm it in time. */
  void send(RedisKey key) {
    if (confirmed(key)) {
      return;
    }
    if (failures.size() >= MOST && !failures.containsKey(key)) {
      LOG.error("more than {} invalidations wait for Redis; one is left to its TTL", MOST);
      return;
    }
    failures.merge(key, 1L, Long::sum);
  }

  boolean contains(RedisKey key) {
    return !failures.isEmpty() && failures.containsKey(key);
  }

  int count() {
    return failures.size();
  }

  /** Sends what is pending, up to the first that fails; called at each heartbeat. */
  void retry() {
    for (Map.Entry<RedisKey, Long> failure : Map.copyOf(failures).entrySet()) {
      Long seen = failure.getValue();
      if (!confirmed(failure.getKey())) {
        return;
      }
      failures.remove(failure.getKey(), seen);
    }
  }

  private boolean confirmed(RedisKey key) {
    byte[] message = key.subject().getBytes(StandardCharsets.US_ASCII);
    return link.run(Scripts.INVALIDATE, key.doomed(), channel, message) != null;
  }
}
