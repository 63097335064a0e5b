package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Some messages of the bus never arrive: the test A4 of the field. */
@TenonTest
class LostMessagesTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = 400;
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private final AtomicLongArray rows = new AtomicLongArray(KEYS);

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 50})
  void no_value_stays_old_although_messages_were_lost(int percent, TestRedis redis) {
    String url = redis.uri().toString();
    try (LossyBus network = LossyBus.before(redis, percent / 100.0)) {
      EntityCache<Integer, Host> writer = rows(url);
      EntityCache<Integer, Host> reader = rows(network.reroute(url));
      for (int round = 0; round < 5; round++) {
        for (int key = 0; key < KEYS; key++) {
          read(reader, key);
        }
        for (int key = 0; key < KEYS; key++) {
          rows.incrementAndGet(key);
          writer.invalidate(TENANT, key);
        }
      }
      long start = System.nanoTime();
      Await.until(
          "no value is old, of " + network.lost() + " lost messages", () -> stale(reader) == 0);
      System.out.printf(
          "%d %% of messages lost: %d lost, no value was old after %d ms%n",
          percent, network.lost(), Duration.ofNanos(System.nanoTime() - start).toMillis());
      assertThat(network.lost()).isPositive();
    }
  }

  private int stale(EntityCache<Integer, Host> reader) {
    int stale = 0;
    for (int key = 0; key < KEYS; key++) {
      stale += read(reader, key) == rows.get(key) ? 0 : 1;
    }
    return stale;
  }

  private long read(EntityCache<Integer, Host> cache, int key) {
    return cache.get(TENANT, key, id -> Host.named("row").at(rows.get(id))).revision();
  }

  private EntityCache<Integer, Host> rows(String url) {
    return nodes.hastyNode(url).entity("row", Integer.class, Host.class, POLICY);
  }
}
