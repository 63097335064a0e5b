package dev.tenon.examples.benchmarks;

import java.util.List;
import java.util.Objects;
import java.util.function.IntToLongFunction;
import org.redisson.api.RLocalCachedMap;
import org.redisson.api.RedissonClient;
import org.redisson.api.map.MapLoader;
import org.redisson.api.options.LocalCachedMapOptions.ReconnectionStrategy;

/** A map of Redisson in front of a loader; a change removes the row or puts its new version. */
record RedissonNode(
    RedissonClient client,
    RLocalCachedMap<Integer, Long> rows,
    IntToLongFunction table,
    boolean isPut)
    implements CacheNode {

  /** What the map reads through. */
  record TableLoader(IntToLongFunction table) implements MapLoader<Integer, Long> {

    @Override
    public Long load(Integer row) {
      return table.applyAsLong(row);
    }

    @Override
    public Iterable<Integer> loadAllKeys() {
      return List.of();
    }
  }

  static RedissonNode open(
      String url,
      String name,
      int entries,
      IntToLongFunction table,
      ReconnectionStrategy reconnection,
      boolean isPut) {
    RedissonClient client = RedissonMaps.connect(url);
    RLocalCachedMap<Integer, Long> rows =
        client.getLocalCachedMap(
            RedissonMaps.<Integer, Long>options(name, entries)
                .reconnectionStrategy(reconnection)
                .loader(new TableLoader(table)));
    return new RedissonNode(client, rows, table, isPut);
  }

  @Override
  public long read(int row) {
    return Objects.requireNonNull(rows.get(row));
  }

  @Override
  public void changed(int row) {
    if (isPut) {
      rows.fastPut(row, table.applyAsLong(row));
    } else {
      rows.fastRemove(row);
    }
  }

  @Override
  public void close() {
    rows.destroy();
    RedissonMaps.close(client);
  }
}
