package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A reader that loses Redis, or half of it, while another process writes: the test A3. */
@TenonTest
class CutTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = 200;
  private static final Duration CUT = Duration.ofSeconds(1);

  /** T of the note: when a reader must know that it hears nothing, and when it must be healed. */
  private static final Duration BOUND = Duration.ofSeconds(2);

  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private final AtomicLongArray rows = new AtomicLongArray(KEYS);

  /** What of the reader's two connections is cut, and how. */
  enum Cut {
    BOTH(true, true, false),
    BOTH_SILENTLY(true, true, true),
    BUS(true, false, false),
    BUS_SILENTLY(true, false, true),
    DATA(false, true, false),
    DATA_SILENTLY(false, true, true);

    private final boolean bus;
    private final boolean data;
    private final boolean silently;

    Cut(boolean bus, boolean data, boolean silently) {
      this.bus = bus;
      this.data = data;
      this.silently = silently;
    }
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @ParameterizedTest
  @EnumSource
  void nothing_old_is_read_once_the_bound_has_passed(Cut cut, TestRedis redis) {
    String url = redis.uri().toString();
    try (LossyBus network = LossyBus.before(redis, 0);
        Stalls stalls = Stalls.watch()) {
      // What is promised begins when an invalidation is confirmed, so the writer waits for that.
      EntityCache<Integer, Host> writer = rows(nodes.node(url));
      EntityCache<Integer, Host> reader = rows(nodes.hastyNode(network.reroute(url)));
      read(reader, 0);
      for (int key = 0; key < KEYS; key++) {
        read(reader, key);
      }
      long start = System.nanoTime();
      network.cut(cut.bus, cut.data, cut.silently);
      long seen = start;
      for (int key = 0; key < KEYS; key++) {
        rows.incrementAndGet(key);
        writer.invalidate(TENANT, key);
        long begun = System.nanoTime();
        // Where the bus is whole, the message is on its way.
        seen = cut.bus && read(reader, key) != rows.get(key) ? begun : seen;
      }
      long written = System.nanoTime();
      Age known = untilNothingIsOld(reader, stalls, start, seen, CUT);
      network.restore();
      long healing = System.nanoTime();
      Age healed = untilNothingIsOld(reader, stalls, healing, healing, Duration.ZERO);
      for (int key = 0; key < KEYS; key++) {
        rows.incrementAndGet(key);
        writer.invalidate(TENANT, key);
      }
      long again = System.nanoTime();
      Age later = untilNothingIsOld(reader, stalls, again, again, Duration.ZERO);
      System.out.printf(
          "A3 %s: %d writes in %d ms, nothing old %s after the cut, %s after its end, %s after new"
              + " writes%n",
          cut, KEYS, (written - start) / 1_000_000, known, healed, later);
      for (Age age : List.of(known, healed, later)) {
        assertThat(age.withoutStalls()).isLessThan(BOUND);
      }
      long hits = reader.statistics().localHits();
      Await.until(
          "memory answers again",
          () -> {
            for (int key = 0; key < KEYS; key++) {
              read(reader, key);
            }
            return reader.statistics().localHits() >= hits + KEYS;
          });
    }
  }

  /** How long something old was read, and how long that was for a machine that runs at all. */
  private record Age(Duration whole, Duration withoutStalls) {
    @Override
    public String toString() {
      return whole.toMillis() + " ms (" + withoutStalls.toMillis() + ")";
    }
  }

  /** When the last read began that found something old; looks for at least so long. */
  private Age untilNothingIsOld(
      EntityCache<Integer, Host> reader, Stalls stalls, long start, long seen, Duration least) {
    long last = seen;
    long quiet = System.nanoTime();
    long deadline = quiet + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() < deadline
        && (System.nanoTime() - start < least.toNanos()
            || System.nanoTime() - quiet < Duration.ofMillis(300).toNanos())) {
      for (int key = 0; key < KEYS; key++) {
        long begun = System.nanoTime();
        if (read(reader, key) != rows.get(key)) {
          last = begun;
          quiet = System.nanoTime();
        }
      }
    }
    return new Age(
        Duration.ofNanos(last - start), Duration.ofNanos(stalls.nanosWithout(start, last)));
  }

  private long read(EntityCache<Integer, Host> cache, int key) {
    return cache.get(TENANT, key, id -> Host.named("row").at(rows.get(id))).revision();
  }

  private static EntityCache<Integer, Host> rows(Cache node) {
    return node.entity("row", Integer.class, Host.class, POLICY);
  }
}
