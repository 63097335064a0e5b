package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
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
    try (LossyBus network = new LossyBus(Nodes.host(url), Nodes.port(url), 0)) {
      EntityCache<Integer, Host> writer = rows(url);
      EntityCache<Integer, Host> reader =
          rows(url.replace(":" + Nodes.port(url), ":" + network.port()));
      read(reader, 0);
      for (int key = 0; key < KEYS; key++) {
        read(reader, key);
      }
      long start = System.nanoTime();
      network.cut(cut.bus, cut.data, cut.silently);
      for (int key = 0; key < KEYS; key++) {
        rows.incrementAndGet(key);
        writer.invalidate(TENANT, key);
      }
      long known = millisUntilNothingIsOld(reader, start, CUT);
      network.restore();
      long healing = System.nanoTime();
      long healed = millisUntilNothingIsOld(reader, healing, Duration.ZERO);
      for (int key = 0; key < KEYS; key++) {
        rows.incrementAndGet(key);
        writer.invalidate(TENANT, key);
      }
      long later = millisUntilNothingIsOld(reader, System.nanoTime(), Duration.ZERO);
      System.out.printf(
          "A3 %s: nothing old %d ms after the cut, %d ms after its end, %d ms after new writes%n",
          cut, known, healed, later);
      assertThat(known).isLessThan(BOUND.toMillis());
      assertThat(healed).isLessThan(BOUND.toMillis());
      assertThat(later).isLessThan(BOUND.toMillis());
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

  /** When the last read began that found something old; looks for at least so long. */
  private long millisUntilNothingIsOld(
      EntityCache<Integer, Host> reader, long start, Duration least) {
    long last = start;
    long deadline = start + Duration.ofSeconds(10).toNanos();
    long quiet = System.nanoTime();
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
    return Duration.ofNanos(last - start).toMillis();
  }

  private long read(EntityCache<Integer, Host> cache, int key) {
    return cache.get(TENANT, key, id -> Host.named("row").at(rows.get(id))).revision();
  }

  private EntityCache<Integer, Host> rows(String url) {
    return nodes.hastyNode(url).entity("row", Integer.class, Host.class, POLICY);
  }
}
