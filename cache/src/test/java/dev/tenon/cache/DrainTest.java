package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many invalidations that Redis has not confirmed are sent again between heartbeats. */
@TenonTest
final class DrainTest {

  private static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));

  /** Three of them are shorter than it takes to send all. */
  private static final Duration HEARTBEAT = Duration.ofSeconds(2);

  private static final int WAITING = 10_000;

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void others_hear_of_a_process_while_it_sends_what_is_pending(TestRedis redis) {
    String url = redis.uri().toString();
    AtomicInteger cleared = new AtomicInteger();
    Cache other =
        nodes.node(
            nodes
                .config(url)
                .heartbeat(HEARTBEAT)
                .onEvent(event -> cleared.addAndGet(event == CacheEvent.CLEARED ? 1 : 0)));
    EntityCache<String, Host> theirs = other.entity("host", String.class, Host.class, MINUTE);
    try (FaultProxy network = Nodes.before(redis)) {
      Cache cache = nodes.node(nodes.config(network.reroute(url)).heartbeat(HEARTBEAT));
      EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, MINUTE);
      theirs.get(ACME, "1", Host::named);
      network.disable();
      Await.until("it is cut off", () -> !cache.isConnected());
      for (int i = 0; i < WAITING; i++) {
        hosts.invalidate(ACME, Integer.toString(i));
      }
      network.latency(Duration.ofMillis(400));
      network.enable();
      Await.until("it sends them", () -> cache.pendingInvalidations() < WAITING - 1_000);
      int before = cleared.get();
      Await.until("all are sent", () -> cache.pendingInvalidations() == 0);
      assertThat(cleared.get() - before).isZero();
    }
  }
}
