package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Histories of reads against versions: the test A2 of the note. On the node of the writer a read
 * that starts when the invalidation has returned finds its version; no reader finds a version and
 * then an older one.
 */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class HistoryTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = 50;
  private static final int NODES = 2;
  private static final int READERS = 3;
  private static final long MOST_COMMIT_NANOS = Duration.ofMillis(2).toNanos();
  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("tenon.cache.history.seconds", 4));

  private final Nodes nodes = new Nodes();
  private final AtomicLongArray rows = new AtomicLongArray(KEYS);

  /** Of each key the version of the last invalidation that returned, and when each returned. */
  private final AtomicLongArray invalidated = new AtomicLongArray(KEYS);

  private final Map<Long, Long> endings = new ConcurrentHashMap<>();
  private final AtomicInteger early = new AtomicInteger();
  private final AtomicInteger backwards = new AtomicInteger();
  private final AtomicLong reads = new AtomicLong();

  /** Without the time that the machine did not give to this process. */
  private final AtomicLong oldest = new AtomicLong();

  private volatile boolean isRunning = true;
  private Way way = Way.GET;
  private final Stalls stalls = Stalls.watch();
  private TenantSession acme;

  @AfterEach
  void closes_what_it_opened() {
    stalls.close();
    nodes.close();
  }

  /** How keys are read. */
  enum Way {
    GET(0, NODES),
    EAGER(0, NODES),
    GET_ALL(0.5, NODES),
    ONLY_GET_ALL(1, 1);

    private final double shareOfMany;
    private final int nodes;

    Way(double shareOfMany, int nodes) {
      this.shareOfMany = shareOfMany;
      this.nodes = nodes;
    }
  }

  @ParameterizedTest
  @EnumSource
  void versions_never_go_back(Way given, TestRedis redis, TenantDatabase tenants) throws Exception {
    acme = tenants.as(TENANT);
    way = given;
    CachePolicy policy = CachePolicy.timeToLive(Duration.ofHours(1));
    if (way == Way.EAGER) {
      policy =
          CachePolicy.timeToLive(Duration.ofMillis(20))
              .withLocalTtl(Duration.ofMillis(3))
              .withStaleIfError(Duration.ofHours(1))
              .withSoftTimeout(Duration.ofMillis(2))
              .withRefreshAhead(50);
    }
    List<EntityCache<Integer, Host>> caches = new ArrayList<>();
    for (int i = 0; i < way.nodes; i++) {
      caches.add(
          nodes.node(redis.uri().toString()).entity("row", Integer.class, Host.class, policy));
    }
    run(caches);
    System.out.printf(
        "A2 %s: %d reads of %d versions, %d older than an ended invalidation, %d backwards, the"
            + " oldest value on another node was %d us behind%n",
        way, reads.get(), endings.size(), early.get(), backwards.get(), oldest.get() / 1_000);
    assertThat(early).as("older than an ended invalidation of the node").hasValue(0);
    assertThat(backwards).as("a version and then an older one").hasValue(0);
    assertThat(oldest.get()).isLessThan(Duration.ofSeconds(2).toNanos());
  }

  private void run(List<EntityCache<Integer, Host>> caches) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(1 + way.nodes * READERS);
    try {
      List<Future<?>> tasks = new ArrayList<>();
      tasks.add(threads.submit(() -> write(caches.get(0))));
      for (EntityCache<Integer, Host> cache : caches) {
        for (int i = 0; i < READERS; i++) {
          tasks.add(threads.submit(() -> read(cache, cache == caches.get(0))));
        }
      }
      Thread.sleep(LENGTH.toMillis());
      Await.until("there were reads enough", () -> reads.get() > 100);
      isRunning = false;
      for (Future<?> task : tasks) {
        task.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void write(EntityCache<Integer, Host> cache) {
    while (isRunning) {
      int key = hotKey();
      long version = rows.incrementAndGet(key);
      // As long as a commit and the way to Redis may take: others read both versions meanwhile.
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(MOST_COMMIT_NANOS));
      cache.invalidate(TENANT, key);
      endings.put(version * KEYS + key, System.nanoTime());
      invalidated.set(key, version);
    }
  }

  private void read(EntityCache<Integer, Host> cache, boolean isWriters) {
    long[] seen = new long[KEYS];
    Arrays.fill(seen, -1);
    while (isRunning) {
      int key = hotKey();
      long least = isWriters ? invalidated.get(key) : 0;
      long start = System.nanoTime();
      long version = version(cache, key);
      reads.incrementAndGet();
      early.addAndGet(version < least ? 1 : 0);
      backwards.addAndGet(version < seen[key] ? 1 : 0);
      seen[key] = Math.max(seen[key], version);
      Long next = endings.get((version + 1) * KEYS + key);
      if (next != null && start - next > oldest.get()) {
        oldest.accumulateAndGet(stalls.nanosWithout(next, start), Math::max);
      }
    }
  }

  private static int hotKey() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return random.nextInt(4) == 0 ? random.nextInt(KEYS) : random.nextInt(3);
  }

  private long version(EntityCache<Integer, Host> cache, int key) {
    if (ThreadLocalRandom.current().nextDouble() >= way.shareOfMany) {
      return cache.get(TENANT, key, this::load).revision();
    }
    return Objects.requireNonNull(
            cache
                .getAll(
                    acme,
                    List.of(key, (key + 1) % KEYS),
                    (ids, context) -> {
                      Map<Integer, Host> all = new HashMap<>();
                      ids.forEach(id -> all.put(id, load(id)));
                      return all;
                    })
                .get(key))
        .revision();
  }

  private Host load(int key) {
    mayStall();
    long row = rows.get(key);
    mayStall();
    return Host.named("row").at(row);
  }

  private static void mayStall() {
    if (ThreadLocalRandom.current().nextInt(20) == 0) {
      LockSupport.parkNanos(Duration.ofMillis(3).toNanos());
    }
  }
}
