package dev.tenon.cache;

import dev.tenon.core.Database;
import dev.tenon.core.Transaction;
import dev.tenon.core.outbox.Relay;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A process that puts and removes values while its relay writes them, which often fails, and dies
 * while it writes. It prints what it tries and what is acknowledged; 0 stands for removed.
 */
final class DyingFlush {

  static final int KEYS = 12;
  private static final int THREADS = 3;
  private static final int LEAST = 60;

  private final Random random;
  private final AtomicInteger flushes = new AtomicInteger();
  private final AtomicLong values;

  private DyingFlush(int round) {
    this.random = new Random(round);
    this.values = new AtomicLong(1_000_000L * (round + 1));
  }

  public static void main(String... words) {
    int round = Integer.parseInt(ChildJvm.more(2, words));
    DyingFlush flush = new DyingFlush(round);
    try (Database owner = ChildJvm.owner(words);
        Database application = ChildJvm.application(words);
        Cache cache =
            Cache.open(
                CacheConfig.service(ChildJvm.more(1, words), ChildJvm.more(0, words)).build())) {
      TenantDatabase tenants = TenantDatabase.on(application);
      WriteBehind<String, Long> writes = Written.on(cache);
      try (Relay relay =
          writes
              .relay(owner, flush::write)
              .inSessionOf(tenants::as)
              .backoff(Duration.ofMillis(2), Duration.ofMillis(40))
              .deadLetterAfter(1_000_000)
              .start()) {
        CompletableFuture<?>[] threads = new CompletableFuture<?>[THREADS];
        for (int i = 0; i < THREADS; i++) {
          int thread = i;
          threads[i] =
              CompletableFuture.runAsync(
                  () -> flush.put(tenants.as(DyingWriter.TENANT), writes, thread), Await.THREAD);
        }
        CompletableFuture.allOf(threads).join();
        print("end " + relay.metrics());
      }
    }
  }

  /** Each key has one thread, which must read what it has put. */
  private void put(TenantSession acme, WriteBehind<String, Long> writes, int thread) {
    for (int i = 0; i < 10_000; i++) {
      String key = "k" + (thread + THREADS * (i % (KEYS / THREADS)));
      long value = values.incrementAndGet();
      if (value % 3 == 0) {
        value = 0;
      }
      print("try " + key + " " + value);
      if (value == 0) {
        writes.remove(acme, key);
      } else {
        writes.put(acme, key, value);
      }
      print("ack " + key + " " + value);
      long read = Written.read(writes, acme, key);
      if (read != value) {
        print("older " + key + " " + read);
      }
    }
  }

  private void write(WriteBehind.Write<String, Long> write, Transaction transaction) {
    int flush = flushes.incrementAndGet();
    boolean dies = flush > LEAST && chance(40);
    if (dies && chance(2)) {
      Runtime.getRuntime().halt(DyingWriter.DEAD);
    }
    long before =
        transaction
            .sql()
            .fetchOptional("select version from written where id = ?", write.identifier())
            .map(row -> row.get("version", Long.class))
            .orElse(0L);
    if (before >= write.version()) {
      print("reordered " + write.identifier() + " " + write.version());
    }
    Written.write(write, transaction);
    if (dies) {
      Runtime.getRuntime().halt(DyingWriter.DEAD);
    }
    if (random.nextInt(10) < 3) {
      throw new IllegalStateException("fails at times");
    }
  }

  private synchronized boolean chance(int oneOf) {
    return random.nextInt(oneOf) == 0;
  }

  private static synchronized void print(String line) {
    System.out.println(line + " .");
    System.out.flush();
  }
}
