package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a cache tells of itself. */
@TenonTest
class CacheMetricsTest {

  private static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void micrometer_gets_what_the_statistics_hold(TestRedis redis) {
    Cache cache = nodes.node(redis.uri().toString());
    EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, MINUTE);
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    CacheMetrics.of(cache, Tag.of("node", "1")).bindTo(registry);
    hosts.get(ACME, "1", Host::named);
    hosts.get(ACME, "1", Host::named);
    hosts.get(ACME, "1", Host::named);
    assertThat(counter(registry, "tenon.cache.loads")).isEqualTo(1);
    assertThat(
            registry
                .get("tenon.cache.hits")
                .tags("entity", "host", "level", "memory", "node", "1")
                .functionCounter()
                .count())
        .isEqualTo(2);
    assertThat(registry.get("tenon.cache.connected").gauge().value()).isEqualTo(1);
    assertThat(registry.get("tenon.cache.pending.invalidations").gauge().value()).isZero();
  }

  @Test
  void an_entity_that_is_made_later_is_counted_too(TestRedis redis) {
    Cache cache = nodes.node(redis.uri().toString());
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    CacheMetrics.of(cache).bindTo(registry);
    cache.entity("host", String.class, Host.class, MINUTE).get(ACME, "1", Host::named);
    assertThat(counter(registry, "tenon.cache.loads")).isEqualTo(1);
  }

  @Test
  void a_second_binding_of_the_same_cache_is_refused(TestRedis redis) {
    Cache cache = nodes.node(redis.uri().toString());
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    CacheMetrics.of(cache).bindTo(registry);
    assertThatThrownBy(() -> CacheMetrics.of(cache).bindTo(registry))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void a_listener_is_told_when_the_bus_goes_and_comes(TestRedis redis) {
    List<CacheEvent> events = new CopyOnWriteArrayList<>();
    try (FaultProxy network = Nodes.before(redis)) {
      Cache cache =
          nodes.node(nodes.config(network.reroute(redis.uri().toString())).onEvent(events::add));
      EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, MINUTE);
      Await.until("it is told", () -> events.contains(CacheEvent.CONNECTED));
      assertThat(events).startsWith(CacheEvent.CONNECTED);
      network.disable();
      Await.until("it is told", () -> events.contains(CacheEvent.DISCONNECTED));
      hosts.invalidate(ACME, "1");
      assertThat(events).contains(CacheEvent.INVALIDATION_DEFERRED);
      network.enable();
      Await.until(
          "it is told",
          () ->
              events.lastIndexOf(CacheEvent.CONNECTED)
                  > events.lastIndexOf(CacheEvent.DISCONNECTED));
    }
  }

  @Test
  void a_listener_that_fails_with_an_error_ends_no_heartbeat(TestRedis redis) {
    AtomicInteger told = new AtomicInteger();
    try (FaultProxy network = Nodes.before(redis)) {
      Cache cache =
          nodes.node(
              nodes
                  .config(network.reroute(redis.uri().toString()))
                  .onEvent(
                      event -> {
                        told.incrementAndGet();
                        throw new AssertionError("listener");
                      }));
      network.disable();
      Await.until("it is told", () -> told.get() > 1);
      network.enable();
      Await.until("it is connected again", cache::isConnected);
    }
  }

  @Test
  void a_listener_that_fails_harms_nothing(TestRedis redis) {
    Cache cache =
        nodes.node(
            nodes
                .config(redis.uri().toString())
                .onEvent(
                    event -> {
                      throw new IllegalStateException("listener");
                    }));
    assertThat(cache.isConnected()).isTrue();
  }

  private static double counter(SimpleMeterRegistry registry, String name) {
    return registry.get(name).tag("entity", "host").functionCounter().count();
  }
}
