package dev.tenon.examples.benchmarks;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.CachePolicy;
import dev.tenon.cache.EntityCache;
import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntToLongFunction;
import org.postgresql.ds.PGSimpleDataSource;

/** Tenon, with its defaults. */
record TenonNode(Cache cache, EntityCache<Integer, Version> rows, IntToLongFunction table)
    implements CacheNode {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000c");
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

  /** What is cached. */
  record Version(long number) {}

  static TenonNode open(String url, String name, CachePolicy policy, IntToLongFunction table) {
    Cache cache = connected(Cache.open(CacheConfig.service(name, url).build()));
    return new TenonNode(cache, cache.entity("row", Integer.class, Version.class, policy), table);
  }

  /** The same cache, once memory answers. */
  static Cache connected(Cache cache) {
    long deadline = System.nanoTime() + CONNECT_LIMIT.toNanos();
    while (!cache.isConnected()) {
      if (System.nanoTime() > deadline) {
        cache.close();
        throw new IllegalStateException("the cache is not connected after " + CONNECT_LIMIT);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return cache;
  }

  /** A session without a tenant, whose database nobody asks anything. */
  static Session session() {
    return Database.using(new PGSimpleDataSource());
  }

  @Override
  public long read(int row) {
    return rows.get(TENANT, row, id -> new Version(table.applyAsLong(id))).number();
  }

  @Override
  public void changed(int row) {
    rows.invalidate(TENANT, row);
  }

  @Override
  public long refused() {
    return rows.statistics().refusedFills();
  }

  @Override
  public void close() {
    cache.close();
  }
}
