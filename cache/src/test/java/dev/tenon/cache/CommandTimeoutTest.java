package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * How long Redis is waited for: as long as the configuration says, and no other bound of Lettuce.
 */
@TenonTest
class CommandTimeoutTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final Host WEB = Host.named("web-01");

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void an_answer_that_takes_seconds_is_used_where_the_command_timeout_allows_it(TestRedis redis) {
    String url = redis.uri().toString();
    hosts(nodes.node(url)).get(TENANT, "1", id -> WEB);
    try (FaultProxy network = Nodes.before(redis)) {
      EntityCache<String, Host> far =
          hosts(
              nodes.node(
                  nodes
                      .config(network.reroute(url))
                      .commandTimeout(Duration.ofSeconds(30))
                      .heartbeat(Duration.ofMinutes(1))));
      network.latency(Duration.ofSeconds(3));
      assertThat(far.get(TENANT, "1", id -> WEB.at(2))).isEqualTo(WEB);
      assertThat(far.statistics().remoteHits()).isEqualTo(1);
      assertThat(far.statistics().remoteFailures()).isZero();
    }
  }

  private static EntityCache<String, Host> hosts(Cache cache) {
    return cache.entity(
        "host", String.class, Host.class, CachePolicy.timeToLive(Duration.ofMinutes(10)));
  }
}
