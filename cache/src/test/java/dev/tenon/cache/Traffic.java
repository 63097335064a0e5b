package dev.tenon.cache;

import dev.tenon.core.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** One process changes rows and invalidates them while two read them, whatever Redis does. */
final class Traffic implements AutoCloseable {

  static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = 200;
  private static final Duration BOUND = Duration.ofSeconds(1);
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));

  private final List<Cache> nodes;
  private final List<EntityCache<Integer, Host>> caches;
  private final AtomicLongArray rows = new AtomicLongArray(KEYS);
  private final AtomicInteger loads = new AtomicInteger();
  private final AtomicInteger calls = new AtomicInteger();
  private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(3);
  private volatile boolean running = true;

  /** The first node writes. */
  Traffic(List<Cache> nodes) {
    this.nodes = nodes;
    this.caches =
        nodes.stream().map(node -> node.entity("row", Integer.class, Host.class, POLICY)).toList();
  }

  Traffic start() {
    threads.execute(() -> repeat(() -> write(key())));
    caches.forEach(cache -> threads.execute(() -> repeat(() -> read(cache, key()))));
    return this;
  }

  /** Waits until each of the threads has done something more. */
  Traffic goOn() {
    int before = calls.get();
    Await.until("more was called", () -> calls.get() > before + KEYS);
    return this;
  }

  private void write(int key) {
    rows.incrementAndGet(key);
    caches.get(0).invalidate(TENANT, key);
  }

  void writeAll() {
    for (int key = 0; key < KEYS; key++) {
      write(key);
    }
  }

  /** Ends it, and waits for as long as an invalidation may take. */
  void stop() throws InterruptedException {
    running = false;
    threads.shutdown();
    if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new AssertionError("a call did not come back");
    }
    nodes.forEach(
        node ->
            Await.until(
                "the node is connected and everything is confirmed",
                () -> node.isConnected() && node.pendingInvalidations() == 0));
    awaitBound();
  }

  /** So long as it is where the machine runs this process. */
  private static void awaitBound() {
    try (Stalls stalls = Stalls.watch()) {
      long begin = System.nanoTime();
      Await.until(
          "an invalidation has had its time",
          () -> stalls.nanosWithout(begin, System.nanoTime()) >= BOUND.toNanos());
    }
  }

  Queue<Throwable> errors() {
    return errors;
  }

  /** Reads each key at each node; how many were not what the rows say. */
  int stale() {
    int stale = 0;
    for (EntityCache<Integer, Host> cache : caches) {
      for (int key = 0; key < KEYS; key++) {
        stale += read(cache, key) == rows.get(key) ? 0 : 1;
      }
    }
    return stale;
  }

  /** Whether what one node loads the other finds in Redis, of every key. */
  boolean isShared() {
    stale();
    int before = loads.get();
    for (int key = 0; key < KEYS; key++) {
      write(key);
      read(caches.get(0), key);
    }
    int loaded = loads.get() - before;
    for (int key = 0; key < KEYS; key++) {
      read(caches.get(1), key);
    }
    return loaded == KEYS && loads.get() == before + KEYS;
  }

  private long read(EntityCache<Integer, Host> cache, int key) {
    return cache
        .get(
            TENANT,
            key,
            id -> {
              loads.incrementAndGet();
              return Host.named("row").at(rows.get(id));
            })
        .revision();
  }

  private void repeat(Runnable call) {
    while (running) {
      try {
        call.run();
      } catch (RuntimeException error) {
        errors.add(error);
      }
      calls.incrementAndGet();
      LockSupport.parkNanos(200_000);
    }
  }

  private static int key() {
    return ThreadLocalRandom.current().nextInt(KEYS);
  }

  @Override
  public void close() {
    running = false;
    threads.shutdownNow();
  }
}
