package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Redis loses when a tag was invalidated, while a value of the tag is loaded. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class LostTagTimeTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId TENANT = TenantId.of(ACME);
  private static final CachePolicy HOUR =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofMillis(1));

  private final Nodes nodes = new Nodes();
  private final AtomicInteger database = new AtomicInteger(1);
  private final CountDownLatch reading = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private TenantSession acme;
  private RedisServer server;
  private RedisCommands<String, byte[]> redis;
  private Cache writing;
  private EntityCache<String, Host> here;
  private EntityCache<String, Host> there;

  @BeforeEach
  void starts_a_redis_that_evicts_nothing(TenantDatabase tenants) {
    acme = tenants.as(ACME);
    server = RedisServer.start(Map.of("maxmemory-policy", "noeviction"));
    TestRedis own = server.database();
    String url = own.uri().toString();
    redis = nodes.redis(url);
    writing = nodes.node(url);
    here = writing.entity("host", String.class, Host.class, HOUR);
    there = nodes.node(url).entity("host", String.class, Host.class, HOUR);
  }

  @AfterEach
  void stops_it() {
    thread.shutdownNow();
    nodes.close();
    server.close();
  }

  @Test
  void a_redis_that_was_full_when_the_tag_was_invalidated_brings_nothing_back() throws Exception {
    Future<Host> slow = loadSlowly();
    redis.configSet("maxmemory", "1");
    database.set(2);
    here.invalidateTag(TENANT, "rack");
    assertThat(writing.pendingInvalidations()).isZero();
    redis.configSet("maxmemory", "0");
    assertIsEnded(slow);
  }

  @Test
  void a_time_that_was_deleted_behind_the_invalidation_brings_nothing_back() throws Exception {
    Future<Host> slow = loadSlowly();
    database.set(2);
    here.invalidateTag(TENANT, "rack");
    assertThat(redis.del("{" + nodes.service() + ":host:" + ACME + ":#rack}:tag")).isEqualTo(1);
    assertIsEnded(slow);
  }

  private Future<Host> loadSlowly() throws InterruptedException {
    Future<Host> slow =
        thread.submit(
            () ->
                there.get(
                    acme,
                    "1",
                    (id, context) -> {
                      context.tag("rack");
                      Host read = Host.named(id).at(database.get());
                      reading.countDown();
                      go.await();
                      return read;
                    }));
    reading.await();
    return slow;
  }

  private void assertIsEnded(Future<Host> slow) throws Exception {
    go.countDown();
    assertThat(slow.get().revision()).isEqualTo(1);
    assertThat(read(here)).isEqualTo(2);
    Await.until("the message arrived", () -> read(there) == 2);
    assertThat(read(here)).isEqualTo(2);
  }

  private long read(EntityCache<String, Host> hosts) {
    return hosts
        .get(
            acme,
            "1",
            (id, context) -> {
              context.tag("rack");
              return Host.named(id).at(database.get());
            })
        .revision();
  }
}
