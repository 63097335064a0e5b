package dev.tenon.cache.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The connections of a cache, for what else keeps data in its Redis.
 *
 * @param service the first part of every key
 * @param heart runs short tasks later
 * @param attachments what lives as long as the cache
 * @param needs what features need of Redis, by their name
 */
public record RedisAccess(
    String service,
    RedisLink link,
    RedisTopology topology,
    Duration heartbeat,
    ScheduledExecutorService heart,
    List<Attachment> attachments,
    Map<String, Set<Need>> needs) {

  public RedisAccess(
      String service,
      RedisLink link,
      RedisTopology topology,
      Duration heartbeat,
      ScheduledExecutorService heart) {
    this(
        service,
        link,
        topology,
        heartbeat,
        heart,
        new CopyOnWriteArrayList<>(),
        new ConcurrentHashMap<>());
  }

  /** What is called at each heartbeat of the cache, and closed with it. */
  public interface Attachment {
    void beat();

    void close();
  }

  /** What a cache can do without, and others cannot. */
  public enum Need {
    /** Keys stay until they expire, also in a Redis that is full. */
    KEPT,
    /** Keys are there after a restart. */
    LASTING
  }

  /** Says what a feature needs, for the findings. */
  public void need(String feature, Set<Need> all) {
    needs.put(feature, all);
  }

  /** The features that need it, in alphabetical order. */
  public Set<String> needing(Need need) {
    Set<String> features = new TreeSet<>();
    needs.forEach(
        (feature, all) -> {
          if (all.contains(need)) {
            features.add(feature);
          }
        });
    return features;
  }

  /** Attaches it until {@link #detach}. */
  public void attach(Attachment attachment) {
    attachments.add(attachment);
  }

  /** Does not close it. */
  public void detach(Attachment attachment) {
    attachments.remove(attachment);
  }
}
