package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.testkit.servers.RedisServer;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A name whose master becomes a replica and stays connected, as at some providers. */
class DemotionTest {

  @Test
  void a_master_that_became_a_replica_is_left_for_the_new_one() throws Exception {
    Map<String, String> shared = Map.of("requirepass", "shared", "masterauth", "shared");
    try (RedisServer first = RedisServer.start(shared);
        RedisServer second = RedisServer.start(shared);
        MovingName name = new MovingName(first.port());
        Nodes nodes = new Nodes()) {
      String url = "redis://:shared@127.0.0.1:" + name.port();
      List<Cache> caches = List.of(nodes.hastyNode(url), nodes.hastyNode(url));
      try (Traffic traffic = new Traffic(caches)) {
        traffic.start().goOn();
        name.moveTo(second.port());
        RedisCommands<String, byte[]> demoted = nodes.redis(first.uri(0).toString());
        demoted.replicaof(second.host(), second.port());
        traffic.goOn();
        traffic.stop();
        assertThat(traffic.errors()).isEmpty();
        assertThat(traffic.stale()).as("stale").isZero();
        Await.until("the new master is used", traffic::isShared);
      }
    }
  }
}
