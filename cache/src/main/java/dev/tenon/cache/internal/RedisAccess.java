package dev.tenon.cache.internal;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The connections of a cache, for what else keeps data in its Redis.
 *
 * @param service the first part of every key
 * @param heart runs short tasks later
 * @param attachments what lives as long as the cache
 */
public record RedisAccess(
    String service,
    RedisLink link,
    RedisTopology topology,
    Duration heartbeat,
    ScheduledExecutorService heart,
    List<Attachment> attachments) {

  public RedisAccess(
      String service,
      RedisLink link,
      RedisTopology topology,
      Duration heartbeat,
      ScheduledExecutorService heart) {
    this(service, link, topology, heartbeat, heart, new CopyOnWriteArrayList<>());
  }

  /** What is called at each heartbeat of the cache, and closed with it. */
  public interface Attachment {
    void beat();

    void close();
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
