package dev.tenon.examples.benchmarks;

import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** Changes rows while caches read them, and counts the old values that are left in the caches. */
final class StaleRace {

  private static final int NODES = 3;
  private static final int ENTRIES = 10_000;

  private final TestRedis redis;
  private final CacheLibrary library;

  StaleRace(TestRedis redis, CacheLibrary library) {
    this.redis = redis;
    this.library = library;
  }

  /**
   * What the hot keys left behind.
   *
   * @param onWriter rows of which the process that changed them has an old version
   * @param onOthers rows of which another process has one
   * @param reads while rows were changed
   * @param refused values that caches would not keep
   */
  record HotKeys(int onWriter, int onOthers, long reads, long refused) {}

  /**
   * Of how many rows a process that was cut off has an old version.
   *
   * @param during at the end of the cut
   * @param atHeal as soon as it is over
   * @param late seconds later
   * @param errors looks at all rows that ended because a read threw
   */
  record Cut(int during, int atHeal, int late, int errors) {}

  /** How a network fails. */
  enum Failure {
    CLOSED {
      @Override
      void begin(FaultProxy network) {
        network.disable();
      }
    },
    SILENT {
      @Override
      void begin(FaultProxy network) {
        network.timeout();
      }
    };

    abstract void begin(FaultProxy network);
  }

  /** One process changes rows, one after the other, while one thread of each process reads them. */
  HotKeys hotKeys(int keys, int writes, Duration settle) throws Exception {
    AtomicLongArray table = new AtomicLongArray(keys);
    List<CacheNode> nodes = new ArrayList<>();
    try {
      String service = newService();
      for (int i = 0; i < NODES; i++) {
        nodes.add(library.open(redis.uri().toString(), service, ENTRIES, table::get));
      }
      long reads = race(nodes, table, writes);
      sleep(settle);
      Set<Integer> onOthers = new HashSet<>();
      nodes.stream().skip(1).forEach(node -> onOthers.addAll(stale(node, table)));
      long refused = nodes.stream().mapToLong(CacheNode::refused).sum();
      return new HotKeys(stale(nodes.get(0), table).size(), onOthers.size(), reads, refused);
    } finally {
      nodes.forEach(CacheNode::close);
    }
  }

  private static long race(List<CacheNode> nodes, AtomicLongArray table, int writes)
      throws Exception {
    AtomicInteger hot = new AtomicInteger();
    AtomicLong reads = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(1 + nodes.size());
    try {
      List<Future<?>> tasks = new ArrayList<>();
      tasks.add(threads.submit(() -> change(nodes.get(0), table, writes, hot)));
      nodes.forEach(
          node -> tasks.add(threads.submit(() -> reads.addAndGet(readTheHot(node, table, hot)))));
      for (Future<?> task : tasks) {
        task.get();
      }
      return reads.get();
    } finally {
      threads.shutdownNow();
    }
  }

  private static void change(
      CacheNode writer, AtomicLongArray table, int writes, AtomicInteger hot) {
    try {
      for (int row = 0; row < table.length(); row++) {
        hot.set(row);
        for (int i = 0; i < writes; i++) {
          table.incrementAndGet(row);
          writer.changed(row);
        }
      }
    } finally {
      hot.set(table.length());
    }
  }

  private static long readTheHot(CacheNode node, AtomicLongArray table, AtomicInteger hot) {
    long reads = 0;
    for (int row = hot.get(); row < table.length(); row = hot.get()) {
      long unused = node.read(Math.max(0, row - ThreadLocalRandom.current().nextInt(2)));
      reads++;
    }
    return reads;
  }

  /** One process changes rows while another that holds them cannot reach Redis. */
  Cut cut(int keys, Failure failure, Duration length, Duration late) {
    AtomicLongArray table = new AtomicLongArray(keys);
    String url = redis.uri().toString();
    String service = newService();
    try (FaultProxy network = FaultProxy.to(redis.uri().getHost(), redis.uri().getPort());
        CacheNode writer = library.open(url, service, ENTRIES, table::get);
        CacheNode reader = library.open(network.reroute(url), service, ENTRIES, table::get)) {
      Set<Integer> none = stale(writer, table);
      none.addAll(stale(reader, table));
      if (!none.isEmpty()) {
        throw new IllegalStateException(library + " knows old versions of " + none);
      }
      long start = System.nanoTime();
      failure.begin(network);
      for (int row = 0; row < keys; row++) {
        table.incrementAndGet(row);
        writer.changed(row);
      }
      sleep(length.minusNanos(System.nanoTime() - start));
      AtomicInteger errors = new AtomicInteger();
      int during = staleOrFailed(reader, table, errors);
      network.enable();
      int atHeal = staleOrFailed(reader, table, errors);
      sleep(late);
      return new Cut(during, atHeal, staleOrFailed(reader, table, errors), errors.get());
    }
  }

  /** Reads every row once. */
  private static Set<Integer> stale(CacheNode node, AtomicLongArray table) {
    Set<Integer> stale = new HashSet<>();
    for (int row = 0; row < table.length(); row++) {
      if (node.read(row) != table.get(row)) {
        stale.add(row);
      }
    }
    return stale;
  }

  /** Reads every row once, until a read throws, which may take many seconds. */
  private static int staleOrFailed(CacheNode node, AtomicLongArray table, AtomicInteger errors) {
    int stale = 0;
    try {
      for (int row = 0; row < table.length(); row++) {
        stale += node.read(row) == table.get(row) ? 0 : 1;
      }
    } catch (RuntimeException error) {
      errors.incrementAndGet();
    }
    return stale;
  }

  /** What no other race keeps values under. */
  static String newService() {
    return "r" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static void sleep(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
    }
  }
}
