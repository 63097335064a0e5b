package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.Codec;
import dev.tenon.core.RetryableException;
import dev.tenon.testkit.servers.RedisServer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A cluster of one node, which refuses a script whose keys are not in one slot as any other does.
 */
class ClusterTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void everything_works_on_a_cluster() throws IOException {
    try (RedisServer server =
            RedisServer.start(
                Map.of("cluster-enabled", "yes", "cluster-port", Integer.toString(freePort())));
        RedisClient client = RedisClient.create(server.uri(0).toString());
        StatefulRedisConnection<String, String> connection = client.connect()) {
      RedisCommands<String, String> node = connection.sync();
      node.clusterAddSlots(IntStream.range(0, SlotHash.SLOT_COUNT).toArray());
      Processes.until("the cluster is up", () -> node.clusterInfo().contains("cluster_state:ok"));
      String url = server.uri(0).toString().replaceFirst("/0$", "");
      CacheConfig.Builder config =
          CacheConfig.service("fleet", url).cluster().commandTimeout(Duration.ofSeconds(10));
      try (Cache cache = Cache.open(config.build())) {
        Processes.until("the cache is connected", cache::isConnected);
        useAll(Ephemeral.on(cache));
        assertThat(node.keys("*"))
            .isNotEmpty()
            .allSatisfy(key -> assertThat(node.pttl(key)).isPositive());
      }
    }
  }

  /** The first command to a node is rejected while the connection to it is made. */
  private static boolean reachesTheNode(Ephemeral ephemeral) {
    try {
      return ephemeral.presence("first", MINUTE).count(ACME, "x") == 0;
    } catch (RetryableException rejected) {
      return false;
    }
  }

  private static void useAll(Ephemeral ephemeral) {
    Processes.until("the node is connected", () -> reachesTheNode(ephemeral));
    RateLimiter limiter = ephemeral.rateLimiter("a", RateLimit.slidingWindow(10, MINUTE));
    assertThat(limiter.tryAcquire(ACME, "x", 3).remaining()).isEqualTo(7);
    RateLimiter bucket = ephemeral.rateLimiter("a", RateLimit.tokenBucket(10, 1, MINUTE));
    assertThat(bucket.tryAcquire(ACME, "x", 3).remaining()).isEqualTo(7);

    DistributedLock lock = ephemeral.lock("a", Duration.ofSeconds(6));
    try (DistributedLock.Hold hold = lock.tryAcquire(ACME, "x").orElseThrow();
        DistributedLock.Hold other = lock.tryAcquire(ACME, "y").orElseThrow()) {
      long end = System.nanoTime() + Duration.ofSeconds(7).toNanos();
      Processes.until("leases were renewed", () -> System.nanoTime() > end);
      assertThat(hold.isHeld() && other.isHeld()).isTrue();
    }
    assertThat(lock.tryAcquire(ACME, "x")).isPresent();

    UserSessions sessions = ephemeral.sessions("a", MINUTE, MINUTE);
    String id = sessions.renew(ACME, sessions.create(ACME, "alice").id()).orElseThrow().id();
    assertThat(sessions.find(ACME, id)).isPresent();
    assertThat(sessions.revokeAll(ACME, "alice")).isEqualTo(1);

    Leaderboard board = ephemeral.leaderboard("a", Leaderboard.Order.HIGHEST_FIRST, MINUTE);
    board.set(ACME, "x", "alice", 1);
    assertThat(board.around(ACME, "x", "alice", 1)).hasSize(1);

    DistinctCounter counter = ephemeral.distinctCounter("a", MINUTE, Duration.ofHours(1));
    counter.see(ACME, "x", "alice");
    assertThat(counter.count(ACME, "x")).isEqualTo(1);

    Presence presence = ephemeral.presence("a", MINUTE);
    presence.sign(ACME, "x", "alice");
    assertThat(presence.members(ACME, "x", 10)).containsExactly("alice");

    IdempotencyKeys<String> keys =
        ephemeral.idempotencyKeys("a", Codec.json(String.class), MINUTE, MINUTE);
    assertThat(((IdempotencyKeys.First<String>) keys.begin(ACME, "x")).complete("done")).isTrue();

    List<String> heard = new CopyOnWriteArrayList<>();
    Topic<String> topic = ephemeral.topic("a", Codec.json(String.class));
    try (Topic.Subscription subscription = topic.subscribe(ACME, heard::add, () -> {})) {
      topic.publish(ACME, "message");
      Processes.until("it is heard", () -> heard.contains("message"));
      assertThat(subscription.isActive()).isTrue();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
