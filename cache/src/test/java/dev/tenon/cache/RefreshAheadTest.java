package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who loads a value that is read all the time. */
@TenonTest(schema = HostsSchema.class)
class RefreshAheadTest {

  private static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int ROUNDS = 8;

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_hot_value_is_loaded_in_the_background_also_where_memory_holds_it(TestRedis redis) {
    EntityCache<String, Host> hosts =
        nodes
            .node(redis.uri().toString())
            .entity(
                "host",
                String.class,
                Host.class,
                CachePolicy.timeToLive(Duration.ofSeconds(1)).withRefreshAhead(1));
    Thread caller = Thread.currentThread();
    AtomicInteger loads = new AtomicInteger();
    AtomicInteger loadsOfTheCaller = new AtomicInteger();
    long reads = 0;
    while (loads.get() < ROUNDS) {
      Host unused =
          hosts.get(
              ACME,
              "1",
              id -> {
                (Thread.currentThread() == caller ? loadsOfTheCaller : loads).incrementAndGet();
                pause(60);
                return Host.named(id);
              });
      reads++;
      assertThat(loadsOfTheCaller).hasValueLessThan(ROUNDS);
    }
    // Memory still answers nearly all.
    assertThat(hosts.statistics().remoteHits()).isLessThan(reads / 20);
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
