package dev.tenon.examples.benchmarks;

import com.alicp.jetcache.Cache;
import java.util.function.IntToLongFunction;

/** JetCache on two levels, with broadcast; a change removes the row or puts its new version. */
record JetCacheNode(
    JetCaches caches, Cache<Integer, Long> rows, IntToLongFunction table, boolean isPut)
    implements CacheNode {

  static JetCacheNode open(
      String url, String name, int entries, IntToLongFunction table, boolean isPut) {
    JetCaches caches = new JetCaches(url, name);
    return new JetCacheNode(caches, caches.both("row", entries), table, isPut);
  }

  @Override
  public long read(int row) {
    return rows.computeIfAbsent(row, table::applyAsLong);
  }

  @Override
  public void changed(int row) {
    if (isPut) {
      rows.put(row, table.applyAsLong(row));
    } else {
      rows.remove(row);
    }
  }

  @Override
  public void close() {
    caches.close();
  }
}
