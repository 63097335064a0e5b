package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@TenonTest
class OutageTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = 100;
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private final AtomicLongArray rows = new AtomicLongArray(KEYS);
  private final AtomicInteger loads = new AtomicInteger();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_process_that_was_cut_off_holds_nothing_old_once_it_is_back(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      EntityCache<Integer, Host> writer = rows(nodes.node(redis.uri().toString()));
      Cache node = nodes.hastyNode(network.reroute(redis.uri().toString()));
      EntityCache<Integer, Host> reader = rows(node);
      readAll(reader);
      network.disable();
      Await.until("the cut is noticed", () -> !node.hearsInvalidations());
      changeAll(writer);
      network.enable();
      Await.until("it is back", node::isConnected);
      assertThat(readAll(reader)).as("stale at heal").isZero();
    }
  }

  @Test
  void a_network_that_goes_silent_is_noticed_within_heartbeats(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      EntityCache<Integer, Host> writer = rows(nodes.node(redis.uri().toString()));
      Cache node = nodes.hastyNode(network.reroute(redis.uri().toString()));
      EntityCache<Integer, Host> reader = rows(node);
      readAll(reader);
      network.timeout();
      changeAll(writer);
      Await.until("the silence is noticed", () -> !node.hearsInvalidations());
      assertThat(readAll(reader)).as("stale while silent").isZero();
      network.enable();
      Await.until("it is back", node::isConnected);
      assertThat(readAll(reader)).as("stale at heal").isZero();
    }
  }

  /** Longer than Lettuce waits for the answer to a PING. */
  @Test
  void silence_is_noticed_in_time_where_heartbeats_are_long(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache node =
          nodes.node(
              nodes
                  .hasty(network.reroute(redis.uri().toString()))
                  .heartbeat(Duration.ofMillis(1_200)));
      try (Stalls stalls = Stalls.watch()) {
        long start = System.nanoTime();
        network.timeout();
        Await.until("the silence is noticed", () -> !node.hearsInvalidations());
        // Three heartbeats, each with an announcement that waits for its timeout.
        assertThat(Duration.ofNanos(stalls.nanosWithout(start, System.nanoTime())))
            .isLessThan(Duration.ofMillis(6_500));
      }
      network.enable();
    }
  }

  @Test
  void a_bus_that_the_server_closes_is_opened_again_and_memory_cleared() {
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database()) {
      EntityCache<Integer, Host> writer = rows(nodes.hastyNode(redis.uri().toString()));
      Cache node = nodes.hastyNode(redis.uri().toString());
      EntityCache<Integer, Host> reader = rows(node);
      RedisCommands<String, byte[]> admin = nodes.redis(redis.uri().toString());
      for (int round = 0; round < 5; round++) {
        readAll(reader);
        admin.clientKill(KillArgs.Builder.typePubsub());
        changeAll(writer);
        Await.until("nothing is stale", () -> readAll(reader) == 0);
      }
      long before = reader.statistics().localHits();
      Await.until(
          "memory answers again",
          () -> {
            readAll(reader);
            return reader.statistics().localHits() > before + KEYS;
          });
    }
  }

  @Test
  void redis_killed_during_a_load_costs_the_caller_nothing_and_comes_back() {
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database()) {
      Cache node = nodes.hastyNode(redis.uri().toString());
      EntityCache<Integer, Host> hosts = rows(node);
      long revision =
          hosts
              .get(
                  TENANT,
                  1,
                  id -> {
                    server.kill9();
                    return row(id);
                  })
              .revision();
      assertThat(revision).isZero();
      Await.until("the loss is noticed", () -> !node.hearsInvalidations());
      assertThat(readAll(hosts)).isZero();
      hosts.invalidate(TENANT, 1);
      assertThat(node.pendingInvalidations()).isEqualTo(1);

      server.restart();
      Await.until("what was pending is sent", () -> node.pendingInvalidations() == 0);
      Await.until("it is back", node::isConnected);
      readAll(hosts);
      EntityCache<Integer, Host> other = rows(nodes.hastyNode(redis.uri().toString()));
      Await.until(
          "redis answers again",
          () -> {
            readAll(hosts);
            readAll(other);
            return other.statistics().remoteHits() > 0;
          });
    }
  }

  @Test
  void a_cache_starts_without_redis_and_finds_it_later() {
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database()) {
      server.kill9();
      Cache node = Cache.open(nodes.hasty(redis.uri().toString()).build());
      try (node) {
        EntityCache<Integer, Host> hosts = rows(node);
        assertThat(readAll(hosts)).isZero();
        server.restart();
        Await.until("it is connected", node::isConnected);
        Await.until(
            "it needs no loads",
            () -> {
              int before = loads.get();
              assertThat(readAll(hosts)).isZero();
              return loads.get() == before;
            });
      }
    }
  }

  @Test
  void memory_is_not_filled_while_invalidations_do_not_arrive(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache node = nodes.hastyNode(network.reroute(redis.uri().toString()));
      EntityCache<Integer, Host> hosts = rows(node);
      network.disable();
      Await.until("the cut is noticed", () -> !node.hearsInvalidations());
      for (int i = 0; i < 10; i++) {
        hosts.get(TENANT, 1, this::row);
      }
      assertThat(loads).hasValue(10);
      assertThat(hosts.statistics().localHits()).isZero();
    }
  }

  @Test
  void a_redis_that_does_not_answer_delays_a_bounded_number_of_reads(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache node =
          nodes.node(
              nodes
                  .hasty(network.reroute(redis.uri().toString()))
                  .heartbeat(Duration.ofSeconds(15)));
      EntityCache<Integer, Host> hosts = rows(node);
      network.timeout();
      int slow = 0;
      for (int i = 0; i < KEYS; i++) {
        long start = System.nanoTime();
        hosts.get(TENANT, i, this::row);
        slow += System.nanoTime() - start >= Duration.ofMillis(450).toNanos() ? 1 : 0;
      }
      assertThat(slow).as("reads that waited for Redis").isBetween(1, 10);
      assertThat(hosts.statistics().remoteFailures()).isGreaterThanOrEqualTo(KEYS);
      network.enable();
      awaitUse(hosts, redis);
    }
  }

  @Test
  void an_invalidation_that_redis_did_not_confirm_is_sent_again(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache writing = nodes.hastyNode(network.reroute(redis.uri().toString()));
      EntityCache<Integer, Host> writer = rows(writing);
      EntityCache<Integer, Host> reader = rows(nodes.node(redis.uri().toString()));
      readAll(writer);
      readAll(reader);
      network.disable();
      changeAll(writer);
      assertThat(writing.pendingInvalidations()).isEqualTo(KEYS);
      assertThat(readAll(writer)).as("stale for the writer itself").isZero();
      network.enable();
      Await.until("all are sent", () -> writing.pendingInvalidations() == 0);
      Await.until("the other process knows", () -> readAll(reader) == 0);
      assertThat(readAll(writer)).isZero();
    }
  }

  @Test
  void redis_is_not_believed_while_an_invalidation_is_unconfirmed(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache writing =
          nodes.node(
              nodes
                  .hasty(network.reroute(redis.uri().toString()))
                  .heartbeat(Duration.ofMinutes(1)));
      EntityCache<Integer, Host> writer = rows(writing);
      readAll(writer);
      network.disable();
      changeAll(writer);
      network.enable();
      awaitUse(writer, redis);
      assertThat(writing.pendingInvalidations()).isEqualTo(KEYS);
      assertThat(readAll(writer)).as("stale").isZero();
    }
  }

  @Test
  void scripts_that_redis_forgot_are_sent_again() {
    // A server forgets those of all its databases, and other tests count what theirs cost.
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database()) {
      EntityCache<Integer, Host> hosts = rows(nodes.node(redis.uri().toString()));
      RedisCommands<String, byte[]> admin = nodes.redis(redis.uri().toString());
      hosts.get(TENANT, 1, this::row);
      admin.scriptFlush();
      hosts.get(TENANT, 2, this::row);
      assertThat(nodes.keys(admin)).hasSize(2);
      assertThat(hosts.statistics().remoteFailures()).isZero();
    }
  }

  @Test
  void values_that_redis_lost_are_loaded_again(TestRedis redis) {
    EntityCache<Integer, Host> writer = rows(nodes.node(redis.uri().toString()));
    readAll(writer);
    nodes.redis(redis.uri().toString()).flushdb();
    EntityCache<Integer, Host> reader = rows(nodes.node(redis.uri().toString()));
    assertThat(readAll(reader)).isZero();
    assertThat(reader.statistics().loads()).isEqualTo(KEYS);
  }

  /** Reads values that were never read until Redis keeps one: the breaker let a script through. */
  private void awaitUse(EntityCache<Integer, Host> cache, TestRedis redis) {
    RedisCommands<String, byte[]> admin = nodes.redis(redis.uri().toString());
    int before = nodes.keys(admin).size();
    AtomicInteger fresh = new AtomicInteger(KEYS);
    Await.until(
        "redis keeps values again",
        () -> {
          cache.get(TENANT, fresh.incrementAndGet(), id -> Host.named("row"));
          return nodes.keys(admin).size() > before;
        });
  }

  private static EntityCache<Integer, Host> rows(Cache cache) {
    return cache.entity("row", Integer.class, Host.class, POLICY);
  }

  private Host row(int id) {
    loads.incrementAndGet();
    return Host.named("row").at(rows.get(id));
  }

  private void changeAll(EntityCache<Integer, Host> cache) {
    for (int id = 0; id < KEYS; id++) {
      rows.incrementAndGet(id);
      cache.invalidate(TENANT, id);
    }
  }

  /** Reads every key; how many were not what the rows say. */
  private int readAll(EntityCache<Integer, Host> cache) {
    int stale = 0;
    for (int id = 0; id < KEYS; id++) {
      stale += cache.get(TENANT, id, this::row).revision() == rows.get(id) ? 0 : 1;
    }
    return stale;
  }
}
