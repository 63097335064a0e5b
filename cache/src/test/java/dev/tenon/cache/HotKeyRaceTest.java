package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One process changes a key while all read it: the race of the note, A1. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class HotKeyRaceTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = Integer.getInteger("tenon.cache.race.keys", 3_000);
  private static final int WRITES = 7;
  private static final int READERS = 3;
  private static final int NODES = 3;

  private static final CachePolicy PLAIN =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));

  /** Values end all the time, and everything that a policy can do about that is done. */
  private static final CachePolicy FULL =
      CachePolicy.timeToLive(Duration.ofMillis(5))
          .withStaleIfError(Duration.ofHours(1))
          .withSoftTimeout(Duration.ofMillis(5))
          .withHardTimeout(Duration.ofSeconds(10))
          .withNegativeTtl(Duration.ofMillis(5))
          .withCompressionFrom(10)
          .withRefreshAhead(100);

  private final Nodes nodes = new Nodes();
  private final AtomicLongArray rows = new AtomicLongArray(KEYS + 1);
  private int keys = KEYS;
  private final AtomicInteger hot = new AtomicInteger();
  private TenantSession acme;
  private RedisCommands<String, byte[]> redis;

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void no_process_holds_an_old_value_after_the_race(TestRedis server, TenantDatabase tenants)
      throws Exception {
    acme = tenants.as(TENANT);
    List<EntityCache<Integer, Host>> caches = caches(server, PLAIN);
    race(caches, this::plainRead, (cache, key) -> cache.invalidate(TENANT, key));
    report("plain", caches, 1_000);
  }

  @Test
  void nor_where_values_end_are_absent_are_refreshed_and_have_tags(
      TestRedis server, TenantDatabase tenants) throws Exception {
    acme = tenants.as(TENANT);
    List<EntityCache<Integer, Host>> caches = caches(server, FULL);
    race(
        caches,
        this::mixedRead,
        (cache, key) -> {
          if (key % 8 == 0) {
            cache.invalidateTag(TENANT, "key-" + key);
          } else {
            cache.invalidate(TENANT, key);
          }
        });
    report("all features", caches, 1_000);
  }

  @Test
  void nor_where_writers_put_what_they_wrote(TestRedis server, TenantDatabase tenants)
      throws Exception {
    acme = tenants.as(TENANT);
    // A write is a transaction and two round trips more.
    keys = KEYS / 30;
    List<EntityCache<Integer, Host>> caches = caches(server, PLAIN);
    race(
        caches,
        this::mixedRead,
        (cache, key) -> {
          // The row is there to be read before the commit is: a commit and what follows it.
          Host written = Host.named("row").at(rows.get(key));
          acme.transaction(transaction -> cache.put(transaction, key, written));
        });
    report("put", caches, 100);
  }

  private List<EntityCache<Integer, Host>> caches(TestRedis server, CachePolicy policy) {
    redis = nodes.redis(server.uri().toString());
    List<EntityCache<Integer, Host>> caches = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      Cache node = nodes.node(server.uri().toString());
      caches.add(node.entity("row", Integer.class, Host.class, policy));
    }
    return caches;
  }

  /** How a key is read. */
  private interface Read {
    long of(EntityCache<Integer, Host> cache, int key);
  }

  /** How a change of a row is told. */
  private interface Write {
    void to(EntityCache<Integer, Host> cache, int key);
  }

  private void race(List<EntityCache<Integer, Host>> caches, Read read, Write write)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(1 + caches.size() * READERS);
    try {
      List<Future<?>> tasks = new ArrayList<>();
      tasks.add(threads.submit(() -> write(caches.get(0), write)));
      for (EntityCache<Integer, Host> cache : caches) {
        for (int i = 0; i < READERS; i++) {
          tasks.add(threads.submit(() -> readTheHotKeys(cache, read)));
        }
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    } finally {
      threads.shutdownNow();
    }
    settle(caches);
  }

  private void write(EntityCache<Integer, Host> cache, Write write) {
    for (int key = 0; key < keys; key++) {
      hot.set(key);
      for (int i = 0; i < WRITES; i++) {
        rows.incrementAndGet(key);
        write.to(cache, key);
      }
    }
    hot.set(keys);
  }

  private void readTheHotKeys(EntityCache<Integer, Host> cache, Read read) {
    for (int key = hot.get(); key < keys; key = hot.get()) {
      long unused = read.of(cache, Math.max(0, key - ThreadLocalRandom.current().nextInt(2)));
    }
  }

  private long plainRead(EntityCache<Integer, Host> cache, int key) {
    return cache.get(TENANT, key, id -> Host.named("row").at(rows.get(id))).revision();
  }

  /**
   * Every way to read; now and then the loader is slow, or fails and leaves it to a stale value.
   */
  private long mixedRead(EntityCache<Integer, Host> cache, int key) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try {
      return switch (random.nextInt(3)) {
        case 0 ->
            Objects.requireNonNull(
                    cache.getAll(acme, List.of(key, (key + 1) % keys), this::loadAll).get(key))
                .revision();
        case 1 ->
            cache
                .lookup(
                    acme, key, (id, context) -> Optional.of(load(id, context, random.nextInt(9))))
                .value()
                .orElseThrow()
                .revision();
        default -> cache.get(acme, key, (id, context) -> load(id, context, 1)).revision();
      };
    } catch (IllegalStateException unlucky) {
      return -1;
    }
  }

  /** What memory or Redis has, be its time ended or not; of nothing what the row says. */
  private long held(EntityCache<Integer, Host> cache, int key) {
    try {
      return cache
          .lookup(
              acme,
              key,
              (id, context) -> {
                throw new IllegalStateException("nothing is held");
              })
          .value()
          .orElseThrow()
          .revision();
    } catch (IllegalStateException nothing) {
      return rows.get(key);
    }
  }

  private Host load(int key, LoadContext context, int luck) {
    long row = rows.get(key);
    context.tag("key-" + key);
    if (luck == 0) {
      throw new IllegalStateException("the loader fails");
    }
    if (luck == 2) {
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
    return Host.named("row").at(row);
  }

  private Map<Integer, Host> loadAll(List<Integer> asked, LoadContext context) {
    Map<Integer, Host> all = new HashMap<>();
    asked.forEach(key -> all.put(key, load(key, context, 1)));
    return all;
  }

  /** The bus keeps its order: whoever heard the last message heard all before it. */
  private void settle(List<EntityCache<Integer, Host>> caches) {
    caches.forEach(cache -> plainRead(cache, keys));
    rows.incrementAndGet(keys);
    caches.get(0).invalidate(TENANT, keys);
    for (EntityCache<Integer, Host> cache : caches) {
      Await.until("the last message arrived", () -> plainRead(cache, keys) == rows.get(keys));
    }
  }

  private void report(String what, List<EntityCache<Integer, Host>> caches, int least) {
    assertThat(nodes.keys(redis)).isNotEmpty().allMatch(key -> redis.pttl(key) != -1);
    long stale = 0;
    for (EntityCache<Integer, Host> cache : caches) {
      for (int key = 0; key < keys; key++) {
        stale += held(cache, key) == rows.get(key) ? 0 : 1;
      }
    }
    long refused = caches.stream().mapToLong(cache -> cache.statistics().refusedFills()).sum();
    System.out.printf(
        "A1 %s: %d stale of %d, %d refused fills%n", what, stale, NODES * keys, refused);
    assertThat(stale).as("stale keys, %s", caches.get(0).statistics()).isZero();
    assertThat(refused).as("the race was run").isGreaterThan(least);
  }
}
