package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Redis that fails while processes read and write: the test A5 of the note. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class RedisFailureTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int KEYS = 60;
  private static final int READERS = 2;
  private static final Duration COMMAND_TIMEOUT = Duration.ofMillis(500);
  private static final Duration BOUND = Duration.ofSeconds(2);
  private static final Duration LOAD_WAIT = Duration.ofMillis(200);
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private final AtomicLongArray rows = new AtomicLongArray(KEYS);
  private final AtomicLong writes = new AtomicLong();

  /** Of the slow reads the slowest, without the time that the machine did not give it. */
  private final AtomicLong slowest = new AtomicLong();

  private final AtomicInteger slow = new AtomicInteger();
  private TenantSession acme;
  private final Stalls stalls = Stalls.watch();
  private List<EntityCache<Integer, Host>> all = List.of();
  private volatile boolean isRunning = true;

  /** What befalls Redis. */
  enum Failure {
    KILL_9_AND_RESTART_EMPTY,
    FLUSHALL,
    CLIENT_KILL_PUBSUB,
    CLIENT_KILL_ALL,
    OUTPUT_BUFFER_OVERFLOW
  }

  @AfterEach
  void closes_what_it_opened() {
    stalls.close();
    nodes.close();
  }

  @ParameterizedTest
  @EnumSource
  void callers_get_no_error_and_afterwards_nothing_old(Failure failure) throws Exception {
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database()) {
      String url = redis.uri().toString();
      CacheConfig.Builder config = nodes.hasty(url).loadWait(LOAD_WAIT);
      List<Cache> caches = List.of(nodes.node(config), nodes.node(config));
      all = caches.stream().map(cache -> rows(cache)).toList();
      ExecutorService threads = Executors.newCachedThreadPool();
      try {
        List<Future<?>> tasks = new ArrayList<>();
        for (EntityCache<Integer, Host> cache : all) {
          for (int i = 0; i < READERS; i++) {
            tasks.add(threads.submit(() -> readAtRandom(cache)));
          }
        }
        tasks.add(threads.submit(() -> write(all.get(0))));
        awaitTraffic();
        strike(failure, server, redis);
        awaitTraffic();
        caches.forEach(cache -> Await.until("it is connected", cache::isConnected));
        awaitTraffic();
        isRunning = false;
        for (Future<?> task : tasks) {
          task.get();
        }
      } finally {
        threads.shutdownNow();
      }
      long start = System.nanoTime();
      for (EntityCache<Integer, Host> cache : all) {
        Await.until("nothing is old", () -> stale(cache) == 0);
      }
      Duration healed = Duration.ofNanos(stalls.nanosWithout(start, System.nanoTime()));
      System.out.printf(
          "%s: 0 errors, nothing old after %d ms, slowest read %d ms, %d slow ones%n",
          failure, healed.toMillis(), Duration.ofNanos(slowest.get()).toMillis(), slow.get());
      assertThat(healed).isLessThan(BOUND);
      // Redis is asked, another process that loads is waited for, and Redis is told.
      assertThat(slowest.get())
          .isLessThan(COMMAND_TIMEOUT.multipliedBy(2).plus(LOAD_WAIT).plusMillis(400).toNanos());
      Await.until("it is used again", () -> isUsed(nodes.redis(url)));
    }
  }

  private void strike(Failure failure, RedisServer server, TestRedis redis) throws Exception {
    RedisCommands<String, byte[]> admin = nodes.redis(redis.uri().toString());
    switch (failure) {
      case KILL_9_AND_RESTART_EMPTY -> {
        server.kill9();
        awaitTraffic();
        // Until its network tells it, a process answers from memory.
        Await.until(
            "every process missed it",
            () -> all.stream().allMatch(cache -> cache.statistics().remoteFailures() > 0));
        server.restart();
      }
      case FLUSHALL -> admin.flushall();
      case CLIENT_KILL_PUBSUB -> admin.clientKill(KillArgs.Builder.typePubsub());
      case CLIENT_KILL_ALL -> {
        admin.clientKill(KillArgs.Builder.typePubsub());
        admin.clientKill(KillArgs.Builder.typeNormal().skipme());
      }
      case OUTPUT_BUFFER_OVERFLOW -> overflow(redis, admin);
    }
  }

  /** Subscribers that may not lag by a message are closed, whoever reads slower than is sent. */
  private void overflow(TestRedis redis, RedisCommands<String, byte[]> admin) throws Exception {
    String before = admin.clientList();
    assertThat(before).contains("sub=1");
    long closed = closedForLagging(admin);
    admin.configSet("client-output-buffer-limit", "pubsub 1 1 1");
    StringBuilder flood = new StringBuilder();
    if (!redis.server().password().isEmpty()) {
      flood.append("AUTH ").append(redis.server().password()).append("\r\n");
    }
    String subject = "x".repeat(20_000);
    for (int i = 0; i < 200; i++) {
      flood.append("PUBLISH ").append(nodes.service()).append(":invalidations:2 ");
      flood.append("row:-:").append(subject).append("\r\n");
    }
    try (Socket socket = new Socket(redis.server().host(), redis.server().port());
        OutputStream out = socket.getOutputStream()) {
      out.write(flood.toString().getBytes(StandardCharsets.US_ASCII));
      out.flush();
      Await.until("the subscribers were closed", () -> closedForLagging(admin) > closed);
    }
    admin.configSet("client-output-buffer-limit", "pubsub 0 0 0");
  }

  private static long closedForLagging(RedisCommands<String, byte[]> admin) {
    return admin
        .info("stats")
        .lines()
        .filter(line -> line.startsWith("client_output_buffer_limit_disconnections:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).trim()))
        .sum();
  }

  /** Waits until every process has read and written all over again. */
  private void awaitTraffic() {
    List<Long> before = all.stream().map(RedisFailureTest::reads).toList();
    long written = writes.get();
    Await.until(
        "there was traffic",
        () ->
            writes.get() >= written + KEYS
                && IntStream.range(0, all.size())
                    .allMatch(i -> reads(all.get(i)) >= before.get(i) + 10 * KEYS));
  }

  private static long reads(EntityCache<Integer, Host> cache) {
    CacheStatistics seen = cache.statistics();
    return seen.reads();
  }

  private boolean isUsed(RedisCommands<String, byte[]> admin) {
    all.forEach(this::stale);
    boolean isUsed = nodes.keys(admin).size() >= KEYS;
    if (!isUsed) {
      for (int key = 0; key < KEYS; key++) {
        all.get(0).invalidate(TENANT, key);
      }
    }
    return isUsed;
  }

  @Test
  void a_redis_that_is_full_refuses_values_and_still_serves_and_invalidates(
      TenantDatabase tenants) {
    acme = tenants.as(TENANT);
    try (RedisServer server = RedisServer.start(Map.of("maxmemory-policy", "noeviction"));
        TestRedis redis = server.database()) {
      String url = redis.uri().toString();
      RedisCommands<String, byte[]> admin = nodes.redis(url);
      Cache writing = nodes.node(url);
      EntityCache<Integer, Host> writer = rows(writing);
      writer.invalidateTag(TENANT, "all");
      EntityCache<Integer, Host> reader = rows(nodes.node(url));
      for (int key = 0; key < KEYS / 2; key++) {
        readTagged(reader, key);
      }
      admin.configSet("maxmemory", "1");
      long before = reader.statistics().remoteFailures();
      for (int key = KEYS / 2; key < KEYS; key++) {
        assertThat(readTagged(reader, key)).isZero();
        assertThat(readTagged(reader, key)).isZero();
      }
      long failures = reader.statistics().remoteFailures() - before;
      EntityCache<Integer, Host> other = rows(nodes.node(url));
      for (int key = 0; key < KEYS / 2; key++) {
        readTagged(other, KEYS - 1 - key);
        readTagged(other, key);
      }
      System.out.printf(
          "full: %d values refused and counted, %d of %d found in Redis%n",
          failures, other.statistics().remoteHits(), KEYS / 2);
      assertThat(failures).isGreaterThanOrEqualTo(KEYS / 2);
      assertThat(other.statistics().remoteHits()).isEqualTo(KEYS / 2);

      for (int key = 0; key < KEYS; key++) {
        rows.incrementAndGet(key);
      }
      writer.invalidate(TENANT, 0);
      writer.invalidateTag(TENANT, "all");
      assertThat(writing.pendingInvalidations()).as("invalidations that wait").isZero();
      for (EntityCache<Integer, Host> cache : List.of(writer, reader, other)) {
        for (int key = 0; key < KEYS; key++) {
          int id = key;
          Await.until("the message arrived", () -> readTagged(cache, id) == 1);
        }
      }
      admin.configSet("maxmemory", "0");
      for (int key = 0; key < KEYS; key++) {
        writer.invalidate(TENANT, key);
        readTagged(writer, key);
      }
      assertThat(admin.keys("*:1")).as("kept again").hasSizeGreaterThanOrEqualTo(KEYS);
    }
  }

  @Test
  void a_redis_that_is_full_still_serves_by_a_command_that_could_write(TenantDatabase tenants) {
    acme = tenants.as(TENANT);
    try (RedisServer server = RedisServer.start(Map.of("maxmemory-policy", "noeviction"));
        TestRedis redis = server.database()) {
      String url = redis.uri().toString();
      EntityCache<Integer, Host> writer = rows(nodes.node(url));
      EntityCache<Integer, Host> reader = rows(nodes.node(url));
      for (int key = 0; key < KEYS; key++) {
        read(writer, key);
      }
      read(reader, 0);
      nodes.redis(url).configSet("maxmemory", "1");
      for (int key = 1; key < KEYS; key++) {
        read(reader, key);
      }
      assertThat(reader.statistics().remoteHits()).isEqualTo(KEYS);
    }
  }

  @Test
  void a_key_that_is_something_else_in_redis_hurts_no_other_key(
      TestRedis redis, TenantDatabase tenants) {
    acme = tenants.as(TENANT);
    String url = redis.uri().toString();
    RedisCommands<String, byte[]> admin = nodes.redis(url);
    EntityCache<Integer, Host> hosts =
        nodes
            .node(url)
            .entity("row", Integer.class, Host.class, POLICY.withLocalTtl(Duration.ofMillis(1)));
    String key = "{" + nodes.service() + ":row:" + TENANT + ":0}:1";
    admin.rpush(key, new byte[] {1});
    EntityCache<Integer, Host> other = rows(nodes.node(url));
    for (int id = 1; id < KEYS; id++) {
      read(hosts, 0);
      read(hosts, id);
      int next = KEYS + id;
      hosts.getAll(
          acme,
          List.of(0, next),
          (ids, context) -> Map.of(0, Host.named("row"), next, Host.named("row")));
    }
    for (int id = 1; id < KEYS; id++) {
      read(other, id);
      other.get(TENANT, KEYS + id, none -> Host.named("loaded"));
    }
    System.out.printf(
        "beside a list: %d of %d values found in Redis%n",
        other.statistics().remoteHits(), 2 * (KEYS - 1));
    assertThat(other.statistics().remoteHits()).isEqualTo(2 * (KEYS - 1));
    other.invalidate(TENANT, 0);
    read(other, 0);
    assertThat(admin.type(key)).isEqualTo("string");
  }

  private static EntityCache<Integer, Host> rows(Cache cache) {
    return cache.entity("row", Integer.class, Host.class, POLICY);
  }

  private void write(EntityCache<Integer, Host> cache) {
    while (isRunning) {
      int key = ThreadLocalRandom.current().nextInt(KEYS);
      rows.incrementAndGet(key);
      cache.invalidate(TENANT, key);
      writes.incrementAndGet();
    }
  }

  private void readAtRandom(EntityCache<Integer, Host> cache) {
    while (isRunning) {
      read(cache, ThreadLocalRandom.current().nextInt(KEYS));
    }
  }

  private int stale(EntityCache<Integer, Host> cache) {
    int stale = 0;
    for (int key = 0; key < KEYS; key++) {
      stale += read(cache, key) == rows.get(key) ? 0 : 1;
    }
    return stale;
  }

  private long read(EntityCache<Integer, Host> cache, int key) {
    long start = System.nanoTime();
    long revision = cache.get(TENANT, key, this::load).revision();
    long end = System.nanoTime();
    if (end - start > COMMAND_TIMEOUT.toNanos() * 9 / 10) {
      slow.incrementAndGet();
      slowest.accumulateAndGet(stalls.nanosWithout(start, end), Math::max);
    }
    return revision;
  }

  private long readTagged(EntityCache<Integer, Host> cache, int key) {
    return cache
        .get(
            acme,
            key,
            (id, context) -> {
              context.tag("all");
              return load(id);
            })
        .revision();
  }

  private Host load(int key) {
    return Host.named("row").at(rows.get(key));
  }
}
