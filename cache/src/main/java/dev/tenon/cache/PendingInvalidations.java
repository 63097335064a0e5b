package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends invalidations to Redis, and again until it confirms.
 *
 * <p>While one is unconfirmed this process does not believe what Redis says about its key. A count
 * per key keeps a confirmation from hiding a failure that came after it.
 *
 * <p>Redis confirms before its replicas know. So where a connection is lost, which is how a
 * failover looks from here, the invalidations of the last {@value #RECENT_SECONDS} s are doubted:
 * they are unconfirmed again, until whoever is the master now has confirmed them.
 */
final class PendingInvalidations {

  private static final Logger LOG = LoggerFactory.getLogger(PendingInvalidations.class);
  private static final int MOST = 100_000;
  private static final int MOST_RECENT = 10_000;
  private static final int RECENT_SECONDS = 30;
  private static final int TOGETHER = 500;

  private final Announcer announcer;
  private final Runnable onDeferred;
  private final Map<Invalidation, Long> failures = new ConcurrentHashMap<>();
  private final Map<Invalidation, Long> recent = new LinkedHashMap<>();
  private volatile boolean isClosed;

  PendingInvalidations(Announcer announcer, Runnable onDeferred) {
    this.announcer = announcer;
    this.onDeferred = onDeferred;
  }

  /** Nothing is sent again from now on. */
  void close() {
    isClosed = true;
  }

  boolean isClosed() {
    return isClosed;
  }

  /**
   * Refuses what is asked of a cache that is closed.
   *
   * @throws UsageException if it is
   */
  void requireOpen(String where) {
    if (isClosed) {
      throw new UsageException(
          Problem.what("the cache is closed")
              .where(where)
              .why("nobody would send its invalidations to Redis and to other processes")
              .fix("close the cache behind everything that uses it, or open another"));
    }
  }

  /** Sends one; it is pending if Redis does not confirm it in time. */
  void send(Invalidation key) {
    remember(key);
    if (!announcer.send(key)) {
      add(key);
      if (isClosed) {
        LOG.error(
            "the cache was closed before {} was invalidated, which is left to its TTL; close the"
                + " cache behind the transactions that use it",
            key.subject());
      }
      onDeferred.run();
    }
  }

  /**
   * Sends them together, for a sender who keeps them until they are confirmed.
   *
   * @return whether Redis confirms all of them in time; any of them may be done
   */
  boolean sendAll(List<Invalidation> keys) {
    keys.forEach(key -> remember(key.whole()));
    return !announcer.sendEach(keys).contains(false);
  }

  private void add(Invalidation key) {
    if (failures.size() >= MOST && !failures.containsKey(key)) {
      LOG.error("more than {} invalidations wait for Redis; one is left to its TTL", MOST);
      return;
    }
    failures.merge(key, 1L, Long::sum);
  }

  /** One is about to be sent, here or elsewhere, and may have to be sent again. */
  void remember(Invalidation key) {
    long now = System.nanoTime();
    synchronized (recent) {
      recent.remove(key);
      recent.put(key, now);
      Iterator<Long> oldest = recent.values().iterator();
      while (isOver(oldest.next(), now) || recent.size() > MOST_RECENT) {
        oldest.remove();
      }
    }
  }

  private static boolean isOver(long since, long now) {
    return now - since > TimeUnit.SECONDS.toNanos(RECENT_SECONDS);
  }

  /** The master may be another one now, which does not know what the last one confirmed. */
  void doubtRecent() {
    long now = System.nanoTime();
    int before = failures.size();
    synchronized (recent) {
      recent.forEach(
          (key, since) -> {
            if (!isOver(since, now)) {
              add(key);
            }
          });
    }
    if (failures.size() > before) {
      onDeferred.run();
    }
  }

  boolean contains(Invalidation key) {
    return !failures.isEmpty() && failures.containsKey(key);
  }

  int count() {
    return failures.size();
  }

  /**
   * Sends what is pending, in no order, up to where something fails: of a cluster a part may not
   * answer for long, and must not keep the rest from being sent. Called at each heartbeat, and goes
   * on no longer than one lasts: what a heartbeat does besides must not wait for all of them.
   */
  void retry(long mostNanos) {
    long start = System.nanoTime();
    List<Map.Entry<Invalidation, Long>> waiting = new ArrayList<>(Map.copyOf(failures).entrySet());
    Collections.shuffle(waiting);
    for (int from = 0; from < waiting.size(); from += TOGETHER) {
      var together = waiting.subList(from, Math.min(waiting.size(), from + TOGETHER));
      List<Invalidation> keys = together.stream().map(Map.Entry::getKey).toList();
      keys.forEach(this::remember);
      List<Boolean> confirmed = announcer.sendEach(keys);
      for (int i = 0; i < confirmed.size(); i++) {
        if (confirmed.get(i)) {
          failures.remove(keys.get(i), together.get(i).getValue());
        }
      }
      if (confirmed.contains(false) || System.nanoTime() - start > mostNanos) {
        return;
      }
    }
  }
}
