package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.LocalLevel.Held;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The fence by itself: the test A10 of the note, as a race of all its steps that is checked as a
 * history. A read that began when an eviction had ended must not find what is older.
 */
class FenceTest {

  private static final UUID OWNER = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));
  private static final long NANOS =
      Duration.ofMillis(Integer.getInteger("tenon.cache.fence.millis", 2_000)).toNanos();
  private static final int KEYS = 3;

  /** How memory is told that a value has ended. */
  enum Ending {
    KEY,
    TAG,
    OWNER,
    EVERYTHING,
    BUS
  }

  private final Fence fence = new Fence();
  private final LocalLevel<Integer, Long> local = new LocalLevel<>(fence, POLICY, Integer.class);
  private final AtomicLongArray rows = new AtomicLongArray(KEYS);
  private final AtomicLongArray ended = new AtomicLongArray(KEYS);
  private final AtomicLong stale = new AtomicLong();
  private final AtomicLong found = new AtomicLong();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile boolean isWriting = true;

  @ParameterizedTest
  @EnumSource
  void nothing_older_than_an_ended_eviction_is_found(Ending ending) throws Exception {
    fence.busUp();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    CyclicBarrier start = new CyclicBarrier(4);
    try {
      List<Future<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        tasks.add(
            threads.submit(
                () -> {
                  start.await();
                  read();
                  return null;
                }));
      }
      tasks.add(
          threads.submit(
              () -> {
                start.await();
                write(ending);
                return null;
              }));
      for (Future<?> task : tasks) {
        task.get();
      }
    } finally {
      threads.shutdownNow();
    }
    System.out.printf(
        "%s: %d hits, %d refused, %d older than an ended eviction%n",
        ending, found.get(), refused.get(), stale.get());
    assertThat(stale).hasValue(0);
    assertThat(refused.get()).as("the race was run").isGreaterThan(10);
    assertThat(found.get()).isPositive();
  }

  private void read() {
    while (isWriting) {
      int id = ThreadLocalRandom.current().nextInt(KEYS);
      long least = ended.get(id);
      Held<Long> held = local.find(OWNER, id);
      if (held != null && held.value() != null) {
        found.incrementAndGet();
        stale.addAndGet(held.value() < least ? 1 : 0);
        continue;
      }
      EntityKey<Integer> key = new EntityKey<>(OWNER, id);
      long ticket = local.ticket(key);
      long row = rows.get(id);
      if (ThreadLocalRandom.current().nextBoolean()) {
        LockSupport.parkNanos(1_000);
      }
      Held<Long> loaded = new Held<>(OWNER, row, Long.MAX_VALUE, List.of("tag"), false);
      refused.addAndGet(local.offer(key, loaded, ticket) ? 0 : 1);
    }
  }

  private void write(Ending ending) {
    long deadline = System.nanoTime() + NANOS;
    for (int i = 0; System.nanoTime() < deadline; i++) {
      int first = ending == Ending.KEY ? i % KEYS : 0;
      int behind = ending == Ending.KEY ? first + 1 : KEYS;
      for (int id = first; id < behind; id++) {
        rows.incrementAndGet(id);
      }
      LockSupport.parkNanos(1_000);
      end(ending, first);
      for (int id = first; id < behind; id++) {
        ended.set(id, rows.get(id));
      }
    }
    isWriting = false;
  }

  private void end(Ending ending, int id) {
    switch (ending) {
      case KEY -> local.evict(new EntityKey<>(OWNER, id));
      case TAG -> local.evictTag(OWNER, "tag");
      case OWNER -> local.evictOwner(OWNER);
      case EVERYTHING -> local.evictAll();
      case BUS -> {
        fence.busDown();
        local.clear();
        fence.busUp();
        local.clear();
      }
    }
  }
}
