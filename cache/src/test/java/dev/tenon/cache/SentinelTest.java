package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.testkit.servers.RedisServer;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A master and its replica, which a sentinel watches, under two processes. */
class SentinelTest {

  private static final String PASSWORD = "data-secret";
  private static final String SENTINEL_PASSWORD = "sentinel-secret";

  private final Nodes nodes = new Nodes();
  private RedisServer master;
  private RedisServer replica;
  private RedisServer sentinel;

  @BeforeEach
  void starts_the_servers() {
    Map<String, String> settings = new HashMap<>();
    settings.put("requirepass", PASSWORD);
    settings.put("masterauth", PASSWORD);
    settings.put("repl-diskless-sync-delay", "0");
    master = RedisServer.start(settings);
    settings.put("replicaof", master.host() + " " + master.port());
    replica = RedisServer.start(settings);
    sentinel =
        RedisServer.startSentinel(
            Map.of(
                "requirepass",
                SENTINEL_PASSWORD,
                "sentinel monitor",
                "main " + master.host() + " " + master.port() + " 1",
                "sentinel auth-pass",
                "main " + PASSWORD,
                "sentinel down-after-milliseconds",
                "main 1000",
                "sentinel failover-timeout",
                "main 5000"));
    RedisCommands<String, byte[]> atReplica = nodes.redis(replica.uri(0).toString());
    Await.until(
        "the replica has everything",
        () -> atReplica.info("replication").contains("master_link_status:up"));
    Await.until(
        "the sentinel knows the replica",
        () -> sentinel.log().contains("+slave slave " + replica.host() + ":" + replica.port()));
  }

  @AfterEach
  void stops_them() {
    nodes.close();
    sentinel.close();
    replica.close();
    master.close();
  }

  @Test
  void a_master_that_is_killed_under_load_leaves_no_old_value_and_no_error()
      throws InterruptedException {
    try (Traffic traffic = new Traffic(List.of(node(), node()))) {
      traffic.start().goOn();
      master.kill9();
      awaitFailover();
      traffic.goOn();
      traffic.stop();
      assertThat(traffic.errors()).isEmpty();
      assertThat(traffic.stale()).as("stale").isZero();
      Await.until("the new master is used", traffic::isShared);
    }
  }

  @Test
  void an_invalidation_that_the_master_confirmed_and_its_replica_never_saw_holds()
      throws InterruptedException {
    RedisCommands<String, byte[]> atReplica = nodes.redis(replica.uri(0).toString());
    RedisCommands<String, byte[]> atMaster = nodes.redis(master.uri(0).toString());
    try (Traffic traffic = new Traffic(List.of(node(), node()))) {
      assertThat(traffic.stale()).isZero();
      Await.until("the replica has all", () -> atReplica.dbsize().equals(atMaster.dbsize()));
      atReplica.configSet("masterauth", "no longer right");
      atMaster.clientKill(KillArgs.Builder.typeSlave());
      Await.until(
          "the replica hears nothing",
          () -> atReplica.info("replication").contains("master_link_status:down"));
      traffic.writeAll();
      master.kill9();
      awaitFailover();
      traffic.stop();
      assertThat(traffic.stale()).as("stale").isZero();
    }
  }

  private void awaitFailover() {
    RedisCommands<String, byte[]> atReplica = nodes.redis(replica.uri(0).toString());
    Await.until("the replica is promoted", () -> isMaster(atReplica));
  }

  /** Who is promoted ends the connections that it has, this one too. */
  private static boolean isMaster(RedisCommands<String, byte[]> server) {
    try {
      return server.info("replication").contains("role:master");
    } catch (RedisException cut) {
      return false;
    }
  }

  private Cache node() {
    String url =
        "redis-sentinel://:" + PASSWORD + "@" + sentinel.host() + ":" + sentinel.port() + "/0#main";
    return nodes.node(nodes.hasty(url).sentinelPassword(SENTINEL_PASSWORD));
  }
}
