package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/** One process writes a key and invalidates it while others read it: the race of the note, A1. */
@TenonTest
class HotKeyRaceTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = 1_500;
  private static final int WRITES = 7;
  private static final int READERS = 2;
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));

  private final AtomicLongArray rows = new AtomicLongArray(KEYS + 1);
  private final AtomicInteger hot = new AtomicInteger();

  @Test
  void no_process_holds_an_old_value_after_the_race(TestRedis redis) throws Exception {
    try (Nodes nodes = new Nodes()) {
      String url = redis.uri().toString();
      List<EntityCache<Integer, Host>> caches = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        caches.add(nodes.node(url).entity("row", Integer.class, Host.class, POLICY));
      }
      race(caches);
      settle(caches.get(0), caches.get(1));

      for (EntityCache<Integer, Host> cache : caches) {
        long stale = 0;
        for (int key = 0; key < KEYS; key++) {
          stale += read(cache, key) == rows.get(key) ? 0 : 1;
        }
        assertThat(stale).as("stale keys, %s", cache.statistics()).isZero();
      }
      assertThat(caches.stream().mapToLong(cache -> cache.statistics().refusedFills()).sum())
          .as("the race was run")
          .isGreaterThan(100);
    }
  }

  private void race(List<EntityCache<Integer, Host>> caches) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(1 + caches.size() * READERS);
    try {
      List<Future<?>> tasks = new ArrayList<>();
      tasks.add(threads.submit(() -> write(caches.get(0))));
      for (EntityCache<Integer, Host> cache : caches) {
        for (int i = 0; i < READERS; i++) {
          tasks.add(threads.submit(() -> readTheHotKeys(cache)));
        }
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void write(EntityCache<Integer, Host> cache) {
    for (int key = 0; key < KEYS; key++) {
      hot.set(key);
      for (int i = 0; i < WRITES; i++) {
        rows.incrementAndGet(key);
        cache.invalidate(TENANT, key);
      }
    }
    hot.set(KEYS);
  }

  private void readTheHotKeys(EntityCache<Integer, Host> cache) {
    for (int key = hot.get(); key < KEYS; key = hot.get()) {
      read(cache, Math.max(0, key - ThreadLocalRandom.current().nextInt(2)));
    }
  }

  private long read(EntityCache<Integer, Host> cache, int key) {
    return cache.get(TENANT, key, id -> Host.named("row").at(rows.get(id))).revision();
  }

  /** The bus keeps its order: whoever heard the last message heard all before it. */
  private void settle(EntityCache<Integer, Host> writer, EntityCache<Integer, Host> reader) {
    read(reader, KEYS);
    rows.incrementAndGet(KEYS);
    writer.invalidate(TENANT, KEYS);
    Await.until("the last message arrived", () -> read(reader, KEYS) == rows.get(KEYS));
  }
}
