package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often a call waits for Redis; no heartbeat speaks in between. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class RoundTripsTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy POLICY = CachePolicy.timeToLive(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private String url = "";
  private FaultProxy network;
  private EntityCache<Integer, Host> hosts;
  private EntityCache<Integer, Host> direct;

  @BeforeEach
  void knows_its_redis(TestRedis redis) {
    url = redis.uri().toString();
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
  void a_hit_in_redis_runs_no_script_while_its_clock_is_known() {
    try (RedisServer server = RedisServer.start(Map.of());
        TestRedis own = server.database()) {
      String at = own.uri().toString();
      EntityCache<Integer, Host> writer =
          nodes.node(at).entity("host", Integer.class, Host.class, POLICY);
      EntityCache<Integer, Host> reader =
          nodes.node(at).entity("host", Integer.class, Host.class, POLICY);
      read(writer, 1);
      read(writer, 2);
      read(reader, 1);
      RedisCommands<String, byte[]> redis = nodes.redis(at);
      redis.configResetstat();
      read(reader, 2);
      assertThat(reader.statistics().remoteHits()).isEqualTo(2);
      assertThat(redis.info("commandstats")).contains("cmdstat_set:").doesNotContain("evalsha");
    }
  }

  @Test
  void tags_that_memory_does_not_know_are_asked_for_in_one_round_trip(TenantDatabase tenants) {
    TenantSession session = tenants.as(TENANT.value());
    // The first value of a tag is believed by nobody; these tags were invalidated long ago.
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    for (String tag : List.of("rack1", "row1", "room1", "rack2", "row2", "room2")) {
      String key = "{" + nodes.service() + ":host:" + TENANT + ":#" + tag + "}:tag";
      redis.set(key, new byte[] {'1'}, SetArgs.Builder.ex(3_600));
    }
    read(session, direct, List.of(1));
    read(session, direct, List.of(2, 3, 4));
    // So that it knows the clock of Redis, whatever the above took.
    read(hosts, 5);
    // What is sent together is answered only when all of it is on its way.
    network.latency(Duration.ofMillis(50));
    // One more where the clock was read a second ago; one by one the tags would take three.
    assertThat(network.roundTripsDuring(() -> read(session, hosts, List.of(1)))).isBetween(2, 3);
    assertThat(network.roundTripsDuring(() -> read(session, hosts, List.of(2, 3, 4))))
        .isBetween(2, 3);
    assertThat(hosts.statistics().remoteHits()).isEqualTo(4);
  }

  @Test
  void an_invalidation_takes_one_round_trip() {
    read(hosts, 1);
    assertThat(network.roundTripsDuring(() -> hosts.invalidate(TENANT, 1))).isEqualTo(1);
  }

  /** Values of three tags that no other call has. */
  private static void read(
      TenantSession session, EntityCache<Integer, Host> hosts, List<Integer> ids) {
    Map<Integer, Host> unused =
        hosts.getAll(
            session,
            ids,
            (missing, context) -> {
              List.of("rack", "row", "room").forEach(tag -> context.tag(tag + missing.get(0)));
              return missing.stream().collect(Collectors.toMap(id -> id, id -> Host.named("row")));
            });
  }

  private static void read(EntityCache<Integer, Host> hosts, int id) {
    Host unused = hosts.get(TENANT, id, same -> Host.named("row " + same));
  }
}
