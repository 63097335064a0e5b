package dev.tenon.cache;

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

  private final Announcer announcer;
  private final Runnable onDeferred;
  private final Map<Invalidation, Long> failures = new ConcurrentHashMap<>();

  PendingInvalidations(Announcer announcer, Runnable onDeferred) {
    this.announcer = announcer;
    this.onDeferred = onDeferred;
  }

  /** Sends one; it is pending if Redis does not confirm it in time. */
  void send(Invalidation key) {
    if (announcer.send(key)) {
      return;
    }
    if (failures.size() >= MOST && !failures.containsKey(key)) {
      LOG.error("more than {} invalidations wait for Redis; one is left to its TTL", MOST);
      return;
    }
    failures.merge(key, 1L, Long::sum);
    onDeferred.run();
  }

  boolean contains(Invalidation key) {
    return !failures.isEmpty() && failures.containsKey(key);
  }

  int count() {
    return failures.size();
  }

  /** Sends what is pending, up to the first that fails; called at each heartbeat. */
  void retry() {
    for (Map.Entry<Invalidation, Long> failure : Map.copyOf(failures).entrySet()) {
      Long seen = failure.getValue();
      if (!announcer.send(failure.getKey())) {
        return;
      }
      failures.remove(failure.getKey(), seen);
    }
  }
}
