package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.CacheFinding.Check;
import dev.tenon.core.TenantId;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A loader that takes longer than its lease. */
@TenonTest
class SlowLoaderTest {

  private static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final Duration LEASE = Duration.ofMillis(200);
  private static final Host WEB = Host.named("web-01");

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void is_a_finding_that_names_the_entity_and_the_option(TestRedis redis) {
    String url = redis.uri().toString();
    RedisCommands<String, byte[]> admin = nodes.redis(url);
    Cache cache = nodes.node(nodes.config(url).lease(LEASE));
    EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, MINUTE);
    hosts.get(
        ACME,
        "1",
        id -> {
          long start = System.nanoTime();
          Await.until(
              "the lease has ended",
              () -> nodes.keys(admin).isEmpty() && System.nanoTime() - start > LEASE.toNanos());
          return WEB;
        });
    assertThat(slowLoads(cache))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Severity.WARNING);
              assertThat(finding.subject()).isEqualTo("the entity host");
              assertThat(finding.what()).contains("200 ms");
              assertThat(finding.why()).contains("kept nowhere");
              assertThat(finding.fix()).contains("CacheConfig.lease");
            });
  }

  @Test
  void is_none_where_an_invalidation_took_the_lease(TestRedis redis) {
    Cache cache = nodes.node(redis.uri().toString());
    EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, MINUTE);
    hosts.get(
        ACME,
        "1",
        id -> {
          hosts.invalidate(ACME, "1");
          return WEB;
        });
    assertThat(hosts.statistics().refusedFills()).isEqualTo(1);
    assertThat(slowLoads(cache)).isEmpty();
  }

  private static List<CacheFinding> slowLoads(Cache cache) {
    return cache.findings().stream().filter(finding -> finding.check() == Check.LEASE).toList();
  }
}
