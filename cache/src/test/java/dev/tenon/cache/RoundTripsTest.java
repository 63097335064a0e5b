package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often a call waits for Redis; no heartbeat speaks in between. */
@TenonTest
@SuppressWarnings("NullAway.Init")
class RoundTripsTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy POLICY = CachePolicy.timeToLive(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private FaultProxy network;
  private EntityCache<Integer, Host> hosts;
  private EntityCache<Integer, Host> direct;

  @BeforeEach
  void knows_its_redis(TestRedis redis) {
    String url = redis.uri().toString();
    network = Nodes.before(redis);
    direct = nodes.node(url).entity("host", Integer.class, Host.class, POLICY);
    hosts =
        nodes
            .node(nodes.config(network.reroute(url)).heartbeat(Duration.ofMinutes(1)))
            .entity("host", Integer.class, Host.class, POLICY);
    // From here on Redis knows the scripts.
    read(hosts, 0);
    hosts.invalidate(TENANT, 0);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
    network.close();
  }

  @Test
  void a_cold_miss_takes_two_round_trips_and_then_none() {
    assertThat(network.roundTripsDuring(() -> read(hosts, 1))).isEqualTo(2);
    assertThat(network.roundTripsDuring(() -> read(hosts, 1))).isZero();
  }

  @Test
  void a_hit_in_redis_takes_one_round_trip() {
    read(direct, 1);
    assertThat(network.roundTripsDuring(() -> read(hosts, 1))).isEqualTo(1);
    assertThat(hosts.statistics().remoteHits()).isEqualTo(1);
  }

  @Test
  void an_invalidation_takes_one_round_trip() {
    read(hosts, 1);
    assertThat(network.roundTripsDuring(() -> hosts.invalidate(TENANT, 1))).isEqualTo(1);
  }

  private static void read(EntityCache<Integer, Host> hosts, int id) {
    Host unused = hosts.get(TENANT, id, same -> Host.named("row " + same));
  }
}
