package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a thread that was interrupted asks of Redis is asked to the end. */
@TenonTest
final class InterruptedThreadTest {

  private static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void an_invalidation_is_confirmed_and_the_interrupt_kept(TestRedis redis) {
    List<CacheEvent> events = new CopyOnWriteArrayList<>();
    Cache cache = nodes.node(nodes.config(redis.uri().toString()).onEvent(events::add));
    EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, MINUTE);
    for (int i = 0; i < 20; i++) {
      hosts.get(ACME, "1", Host::named);
      Thread.currentThread().interrupt();
      hosts.invalidate(ACME, "1");
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(events).doesNotContain(CacheEvent.INVALIDATION_DEFERRED);
  }

  @Test
  void a_cold_key_is_filled_for_the_next_reader(TestRedis redis) {
    EntityCache<String, Host> mine = entity(redis);
    EntityCache<String, Host> other = entity(redis);
    for (int i = 0; i < 20; i++) {
      String key = Integer.toString(i);
      Thread.currentThread().interrupt();
      mine.get(ACME, key, Host::named);
      assertThat(Thread.interrupted()).isTrue();
      other.get(ACME, key, Host::named);
    }
    assertThat(other.statistics().loads()).isZero();
  }

  private EntityCache<String, Host> entity(TestRedis redis) {
    return nodes.node(redis.uri().toString()).entity("host", String.class, Host.class, MINUTE);
  }
}
