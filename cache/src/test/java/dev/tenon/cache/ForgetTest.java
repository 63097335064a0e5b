package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is left of a tenant that was erased. */
@TenonTest(schema = HostsSchema.class)
class ForgetTest {

  private static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId BOLT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000b");
  private static final CachePolicy LONG =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));
  private static final Host WEB = Host.named("web-01");
  private static final List<String> HOSTILE = List.of("1", "a:b", "}:1", "{x}*?[]\\", "é\n ");

  private final Nodes nodes = new Nodes();
  private final AtomicInteger loads = new AtomicInteger();
  private TestRedis redis;
  private String url;

  @BeforeEach
  void knows_its_redis(TestRedis given) {
    redis = given;
    url = given.uri().toString();
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  private Host load(Object identifier) {
    loads.incrementAndGet();
    return WEB;
  }

  @Test
  void every_process_forgets_everything_of_the_tenant_and_nothing_of_others() {
    Cache here = nodes.node(url);
    EntityCache<String, Host> hosts = here.entity("hosts", String.class, Host.class, LONG);
    EntityCache<String, Host> disks =
        here.entity("disks", String.class, Host.class, LONG.withVersion(9));
    EntityCache<String, Host> there =
        nodes.node(url).entity("hosts", String.class, Host.class, LONG);
    for (String identifier : HOSTILE) {
      for (TenantId tenant : List.of(ACME, BOLT)) {
        hosts.get(tenant, identifier, this::load);
        disks.get(tenant, identifier, this::load);
        there.get(tenant, identifier, this::load);
      }
    }

    here.forget(ACME);

    assertThat(nodes.keys(nodes.redis(url)))
        .hasSize(2 * HOSTILE.size())
        .allMatch(key -> key.contains(BOLT.toString()));
    loads.set(0);
    HOSTILE.forEach(identifier -> hosts.get(ACME, identifier, this::load));
    HOSTILE.forEach(identifier -> disks.get(ACME, identifier, this::load));
    assertThat(loads).hasValue(2 * HOSTILE.size());
    HOSTILE.forEach(identifier -> hosts.get(BOLT, identifier, this::load));
    assertThat(loads).hasValue(2 * HOSTILE.size());
    Await.until(
        "the other process has forgotten",
        () -> {
          long before = there.statistics().localHits();
          there.get(ACME, "1", this::load);
          return there.statistics().localHits() == before;
        });
  }

  @Test
  void a_read_that_began_before_does_not_bring_a_value_back() throws Exception {
    Cache cache = nodes.node(url);
    EntityCache<String, Host> hosts = cache.entity("hosts", String.class, Host.class, LONG);
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch erased = new CountDownLatch(1);
    CompletableFuture<Host> reader = reading(hosts, loading, erased);
    assertThat(loading.await(20, TimeUnit.SECONDS)).isTrue();
    cache.forget(ACME);
    erased.countDown();
    reader.get(20, TimeUnit.SECONDS);

    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
    hosts.get(ACME, "1", this::load);
    assertThat(loads).hasValue(1);
  }

  @Test
  void a_read_without_a_lease_that_began_before_does_not_bring_a_value_back() throws Exception {
    Cache cache = nodes.node(nodes.config(url).loadWait(Duration.ofMillis(100)));
    EntityCache<String, Host> hosts = cache.entity("hosts", String.class, Host.class, LONG);
    String lease = "{" + nodes.service() + ":hosts:" + ACME + ":1}:1";
    RedisCommands<String, byte[]> commands = nodes.redis(url);
    commands.set(lease, new LeaseToken().ofLoader());
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch erased = new CountDownLatch(1);
    CompletableFuture<Host> reader = reading(hosts, loading, erased);
    assertThat(loading.await(20, TimeUnit.SECONDS)).isTrue();
    commands.del(lease);
    cache.forget(ACME);
    erased.countDown();
    reader.get(20, TimeUnit.SECONDS);

    hosts.get(ACME, "1", this::load);
    assertThat(loads).hasValue(1);
  }

  @Test
  void a_process_forgets_also_what_redis_had_lost() {
    Cache here = nodes.node(url);
    EntityCache<String, Host> there =
        nodes.node(url).entity("hosts", String.class, Host.class, LONG);
    there.get(ACME, "1", this::load);
    RedisCommands<String, byte[]> commands = nodes.redis(url);
    commands.del(nodes.keys(commands).toArray(String[]::new));

    here.forget(ACME);

    Await.until(
        "the other process has forgotten",
        () -> {
          there.get(ACME, "1", this::load);
          return loads.get() == 2;
        });
  }

  /** A read whose loader says that it began, and ends when the tenant is erased. */
  private static CompletableFuture<Host> reading(
      EntityCache<String, Host> hosts, CountDownLatch loading, CountDownLatch erased) {
    return CompletableFuture.supplyAsync(
        () ->
            hosts.get(
                ACME,
                "1",
                identifier -> {
                  loading.countDown();
                  awaitQuietly(erased);
                  return WEB;
                }),
        Await.THREAD);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Test
  void finds_all_of_very_many_keys() {
    Cache cache = nodes.node(url);
    EntityCache<Integer, Host> hosts = cache.entity("hosts", Integer.class, Host.class, LONG);
    hosts.get(ACME, 0, this::load);
    RedisCommands<String, byte[]> commands = nodes.redis(url);
    String key = nodes.keys(commands).get(0);
    commands.eval(
        """
        local value = redis.call('get', KEYS[1])
        for i = 1, 5000 do
          local key = string.gsub(KEYS[1], ':0}', ':' .. i .. '}')
          redis.call('set', key, value, 'px', 600000)
        end
        return 'ok'
        """,
        ScriptOutputType.VALUE,
        key);
    assertThat(nodes.keys(commands)).hasSize(5_001);
    cache.forget(ACME);
    assertThat(nodes.keys(commands)).isEmpty();
  }

  @Test
  void forgets_a_user_with_very_many_sessions() {
    Cache cache = nodes.node(url);
    RedisCommands<String, byte[]> commands = nodes.redis(url);
    String tag = "{" + nodes.service() + ":session-web:" + ACME + ":alice}:session:";
    commands.eval(
        "for i = 1, 9000 do redis.call('set', KEYS[1] .. i, '', 'px', 600000) end return 'ok'",
        ScriptOutputType.VALUE,
        tag);
    cache.forget(ACME);
    assertThat(nodes.keys(commands)).isEmpty();
  }

  @Test
  void what_redis_refuses_to_delete_leaves_nothing_else_behind() {
    try (RedisServer server = RedisServer.start();
        TestRedis own = server.database()) {
      String at = own.uri().toString();
      RedisCommands<String, byte[]> commands = nodes.redis(at);
      String mark = "{" + nodes.service() + ":hosts:" + ACME + ":kept}:1";
      commands.aclSetuser(
          "app",
          AclSetuserArgs.Builder.on()
              .nopass()
              .allCommands()
              .allChannels()
              .keyPattern("{" + nodes.service() + "}:*")
              .keyPattern("{" + nodes.service() + ":hosts:" + ACME + ":h*"));
      for (int i = 0; i < 50; i++) {
        commands.set(mark.replace("kept", "h" + i), new byte[1]);
      }
      commands.set(mark, new byte[1]);
      Cache cache = nodes.node(at.replaceFirst("://[^@]*@", "://app:any@"));
      assertThatThrownBy(() -> cache.forget(ACME)).isInstanceOf(RetryableException.class);
      assertThat(nodes.keys(commands)).containsExactly(mark);
    }
  }

  @Test
  void says_so_if_redis_does_not_answer_and_can_be_run_again() {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache cache = nodes.hastyNode(network.reroute(url));
      EntityCache<String, Host> hosts = cache.entity("hosts", String.class, Host.class, LONG);
      hosts.get(ACME, "1", this::load);
      network.disable();
      assertThatThrownBy(() -> cache.forget(ACME))
          .isInstanceOf(RetryableException.class)
          .hasMessageContaining("may still have values of tenant " + ACME)
          .hasMessageContaining("run it again");
      network.enable();
      Await.until("the cache is connected", cache::isConnected);
      Await.until("it is forgotten", () -> forgets(cache));
      assertThat(nodes.keys(nodes.redis(url))).isEmpty();
    }
  }

  @Test
  void waits_for_a_redis_that_was_slow_a_moment_ago() {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache cache =
          nodes.node(
              nodes
                  .config(network.reroute(url))
                  .commandTimeout(Duration.ofMillis(50))
                  .heartbeat(Duration.ofSeconds(10)));
      EntityCache<Integer, Host> hosts = cache.entity("hosts", Integer.class, Host.class, LONG);
      network.latency(Duration.ofMillis(400));
      IntStream.range(0, 20).forEach(i -> hosts.get(ACME, i, this::load));
      network.latency(Duration.ZERO);

      cache.forget(ACME);

      assertThat(nodes.keys(nodes.redis(url))).isEmpty();
    }
  }

  private static boolean forgets(Cache cache) {
    try {
      cache.forget(ACME);
      return true;
    } catch (RetryableException notYet) {
      return false;
    }
  }
}
