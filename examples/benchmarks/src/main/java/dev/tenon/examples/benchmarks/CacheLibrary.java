package dev.tenon.examples.benchmarks;

import dev.tenon.cache.CachePolicy;
import java.time.Duration;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.redisson.api.options.LocalCachedMapOptions.ReconnectionStrategy;

/** The two-level caches that are compared, each read through and told of changes in its own way. */
enum CacheLibrary {
  TENON("Tenon") {
    @Override
    CacheNode open(String url, String name, int entries, IntToLongFunction table) {
      return TenonNode.open(url, name, policy(entries), table);
    }
  },

  /** With a bound for the loader, which then runs in a thread of its own. */
  TENON_HARD("Tenon, hardTimeout 500 ms") {
    @Override
    CacheNode open(String url, String name, int entries, IntToLongFunction table) {
      CachePolicy policy = policy(entries).withHardTimeout(Duration.ofMillis(500));
      return TenonNode.open(url, name, policy, table);
    }
  },

  JETCACHE_REMOVE("JetCache 2.7.8, remove") {
    @Override
    CacheNode open(String url, String name, int entries, IntToLongFunction table) {
      return JetCacheNode.open(url, name, entries, table, false);
    }
  },

  /** The writer writes the new value to the cache as well. */
  JETCACHE_PUT("JetCache 2.7.8, put") {
    @Override
    CacheNode open(String url, String name, int entries, IntToLongFunction table) {
      return JetCacheNode.open(url, name, entries, table, true);
    }
  },

  REDISSON_REMOVE("Redisson 4.7.0, remove") {
    @Override
    CacheNode open(String url, String name, int entries, IntToLongFunction table) {
      return RedissonNode.open(url, name, entries, table, ReconnectionStrategy.NONE, false);
    }
  },

  REDISSON_PUT("Redisson 4.7.0, put") {
    @Override
    CacheNode open(String url, String name, int entries, IntToLongFunction table) {
      return RedissonNode.open(url, name, entries, table, ReconnectionStrategy.NONE, true);
    }
  },

  REDISSON_CLEAR("Redisson 4.7.0, put, CLEAR") {
    @Override
    CacheNode open(String url, String name, int entries, IntToLongFunction table) {
      return RedissonNode.open(url, name, entries, table, ReconnectionStrategy.CLEAR, true);
    }
  };

  static final Duration TIME_TO_LIVE = Duration.ofHours(1);

  private final String label;

  CacheLibrary(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /** Those that differ in what they keep. */
  static List<CacheLibrary> ofStaleness() {
    return List.of(
        TENON, JETCACHE_REMOVE, JETCACHE_PUT, REDISSON_REMOVE, REDISSON_PUT, REDISSON_CLEAR);
  }

  /** Those that differ in what a read does when Redis is gone. */
  static List<CacheLibrary> ofOutages() {
    return List.of(TENON, TENON_HARD, JETCACHE_REMOVE, REDISSON_REMOVE);
  }

  /**
   * A connected cache.
   *
   * @param name that the nodes of one service share, of letters and digits
   * @param entries that fit into memory
   * @param table where the versions of the rows stand
   */
  abstract CacheNode open(String url, String name, int entries, IntToLongFunction table);

  private static CachePolicy policy(int entries) {
    return CachePolicy.timeToLive(TIME_TO_LIVE)
        .withLocalTtl(TIME_TO_LIVE)
        .withLocalEntries(entries);
  }
}
