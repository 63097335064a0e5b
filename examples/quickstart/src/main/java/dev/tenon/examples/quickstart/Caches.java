package dev.tenon.examples.quickstart;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.CachePolicy;
import dev.tenon.cache.EntityCache;
import java.net.URI;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** What is cached: memory in front of Redis. */
final class Caches implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Cache cache;
  private final EntityCache<UUID, Host> hosts;
  private final EntityCache<UUID, Runbook.Brief> runbooks;

  private Caches(Cache cache, Duration inMemory) {
    CachePolicy policy = CachePolicy.timeToLive(Duration.ofMinutes(5)).withLocalTtl(inMemory);
    this.cache = cache;
    this.hosts = cache.entity("host", UUID.class, Host.class, policy);
    this.runbooks = cache.entity("runbook", UUID.class, Runbook.Brief.class, policy);
  }

  /**
   * Opens the cache and waits until it is connected, so that the first reads count.
   *
   * @param inMemory how long this process keeps a value
   */
  static Caches open(URI redis, Duration inMemory) {
    Caches caches =
        new Caches(
            Cache.open(CacheConfig.service("quickstart", redis.toString()).build()), inMemory);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!caches.cache.isConnected() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
    return caches;
  }

  EntityCache<UUID, Host> hosts() {
    return hosts;
  }

  EntityCache<UUID, Runbook.Brief> runbooks() {
    return runbooks;
  }

  @Override
  public void close() {
    cache.close();
  }
}
