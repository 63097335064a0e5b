package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest(schema = HostsSchema.class)
class CacheTest {

  private static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId GLOBEX = TenantId.parse("0191f6c0-0000-7000-8000-00000000000b");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final Host WEB = Host.named("web-01");

  private final Nodes nodes = new Nodes();
  private final AtomicInteger loads = new AtomicInteger();
  private String url = "";

  @BeforeEach
  void knows_its_redis(TestRedis redis) {
    url = redis.uri().toString();
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_value_is_loaded_once_and_then_answered_from_memory() {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    assertThat(hosts.get(ACME, "1", this::load)).isEqualTo(WEB);
    assertThat(hosts.get(ACME, "1", this::load)).isEqualTo(WEB);
    assertThat(hosts.statistics())
        .isEqualTo(new CacheStatistics(1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0));
    assertThat(hosts.statistics().hitRatio()).isEqualTo(0.5);
  }

  @Test
  void another_process_gets_the_value_from_redis() {
    hosts(nodes.node(url), MINUTE).get(ACME, "1", this::load);
    EntityCache<String, Host> other = hosts(nodes.node(url), MINUTE);
    assertThat(other.get(ACME, "1", this::load)).isEqualTo(WEB);
    assertThat(other.statistics().remoteHits()).isEqualTo(1);
    assertThat(loads).hasValue(1);
  }

  @Test
  void an_absent_value_is_asked_for_again_and_its_lease_given_back() {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    assertThat(hosts.find(ACME, "1", id -> Optional.empty())).isEmpty();
    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
    assertThat(hosts.find(ACME, "1", id -> Optional.of(WEB))).contains(WEB);
  }

  @Test
  void what_the_loader_throws_reaches_the_caller_and_is_not_kept() {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    IOException thrown = new IOException("disk");
    assertThatThrownBy(
            () ->
                hosts.<IOException>get(
                    ACME,
                    "1",
                    id -> {
                      throw thrown;
                    }))
        .isSameAs(thrown);
    assertThat(hosts.get(ACME, "1", this::load)).isEqualTo(WEB);
    assertThat(hosts.statistics().loadFailures()).isEqualTo(1);
  }

  @Test
  void every_key_in_redis_expires() {
    EntityCache<String, Host> hosts =
        hosts(nodes.node(nodes.config(url).lease(Duration.ofSeconds(30))), MINUTE);
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    List<Long> leases = new ArrayList<>();
    hosts.get(
        ACME,
        "1",
        id -> {
          nodes.keys(redis).forEach(key -> leases.add(redis.pttl(key)));
          return WEB;
        });
    assertThat(leases).hasSize(1).allMatch(millis -> millis > 0 && millis <= 30_000);
    assertThat(nodes.keys(redis))
        .containsExactly("{" + nodes.service() + ":host:" + ACME + ":1}:1")
        .allMatch(key -> redis.pttl(key) > 0 && redis.pttl(key) <= 60_000);
  }

  @Test
  void memory_forgets_a_value_after_its_local_ttl() {
    EntityCache<String, Host> hosts =
        hosts(nodes.node(url), MINUTE.withLocalTtl(Duration.ofMillis(20)));
    hosts.get(ACME, "1", this::load);
    Await.until(
        "redis is asked again",
        () -> {
          hosts.get(ACME, "1", this::load);
          return hosts.statistics().remoteHits() > 0;
        });
    assertThat(loads).hasValue(1);
  }

  @Test
  void a_stampede_of_many_threads_is_one_load() throws Exception {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    assertThat(new Stampede(List.of(hosts)).run(40)).containsOnly(WEB).hasSize(40);
    assertThat(loads).hasValue(1);
  }

  @Test
  void a_stampede_on_several_processes_is_one_load() throws Exception {
    List<EntityCache<String, Host>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(hosts(nodes.node(url), MINUTE));
    }
    assertThat(new Stampede(all).run(30)).containsOnly(WEB).hasSize(30);
    assertThat(loads).hasValue(1);
  }

  @Test
  void an_identifier_that_is_null_is_refused_everywhere(TenantDatabase tenants) {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    List<Runnable> ways =
        List.of(
            () -> hosts.get(ACME, nothing(), this::load),
            () -> hosts.get(tenants.as(ACME), nothing(), this::load),
            () -> hosts.find(ACME, nothing(), id -> Optional.of(WEB)),
            () -> hosts.find(tenants.as(ACME), nothing(), id -> Optional.of(WEB)),
            () -> hosts.invalidate(ACME, nothing()),
            () -> hosts.invalidate(tenants.as(ACME), nothing()),
            () -> tenants.as(ACME).transaction(inside -> hosts.get(inside, nothing(), this::load)));
    for (Runnable way : ways) {
      assertThatThrownBy(way::run)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("the identifier is null")
          .hasMessageContaining("the cache of host");
    }
    assertThat(loads).hasValue(0);
  }

  @SuppressWarnings("NullAway")
  private static String nothing() {
    return null;
  }

  @Test
  void a_stampede_without_redis_is_one_load(TestRedis redis) throws Exception {
    try (FaultProxy network = Nodes.before(redis)) {
      EntityCache<String, Host> hosts =
          hosts(nodes.node(network.reroute(redis.uri().toString())), MINUTE);
      network.disable();
      assertThat(new Stampede(List.of(hosts)).run(40)).containsOnly(WEB).hasSize(40);
      assertThat(loads).hasValue(1);
    }
  }

  @Test
  void a_lease_whose_holder_died_is_taken_over_when_it_ends() {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    redis.set(
        "{" + nodes.service() + ":host:" + ACME + ":1}:1",
        new LeaseToken().ofLoader(),
        SetArgs.Builder.px(300));
    assertThat(hosts.get(ACME, "1", this::load)).isEqualTo(WEB);
    assertThat(nodes.keys(redis)).allMatch(key -> key.endsWith(":1")).hasSize(1);
  }

  @Test
  void nobody_waits_longer_than_load_wait_for_the_lease_of_another() {
    EntityCache<String, Host> hosts =
        hosts(nodes.node(nodes.config(url).loadWait(Duration.ofMillis(50))), MINUTE);
    String key = "{" + nodes.service() + ":host:" + ACME + ":1}:1";
    byte[] lease = new LeaseToken().ofLoader();
    nodes.redis(url).set(key, lease, SetArgs.Builder.px(60_000));
    assertThat(hosts.get(ACME, "1", this::load)).isEqualTo(WEB);
    assertThat(nodes.redis(url).get(key)).isEqualTo(lease);
  }

  @Test
  void a_value_whose_time_has_ended_is_loaded_anew_although_redis_still_has_it() {
    EntityCache<String, Host> hosts =
        hosts(
            nodes.node(url),
            CachePolicy.timeToLive(Duration.ofMillis(150))
                .withJitter(0)
                .withLocalTtl(Duration.ofMillis(1))
                .withStaleIfError(Duration.ofMinutes(1)));
    hosts.get(ACME, "1", id -> Host.named("old"));
    long since = System.nanoTime();
    Await.until("its time has ended", () -> System.nanoTime() - since > 300_000_000L);
    hosts.get(ACME, "2", this::load);
    assertThat(hosts.get(ACME, "1", id -> Host.named("new")).name()).isEqualTo("new");
  }

  @Test
  void a_loader_may_read_its_own_key() {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    assertThat(hosts.get(ACME, "1", id -> hosts.get(ACME, id, this::load).at(2)))
        .isEqualTo(WEB.at(2));
  }

  @Test
  void bytes_that_cannot_be_decoded_are_a_miss_and_replaced() {
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    Random random = new Random(5);
    List<byte[]> hostile = new ArrayList<>();
    for (String text :
        List.of("", "\1", "\1null", "\1{}", "\2{}", "\1{\"name\":\"x\"} 1", "junk")) {
      hostile.add(text.getBytes(StandardCharsets.UTF_8));
    }
    for (int i = 0; i < 20; i++) {
      byte[] bytes = new byte[random.nextInt(100)];
      random.nextBytes(bytes);
      hostile.add(bytes);
    }
    for (int i = 0; i < hostile.size(); i++) {
      String key = "{" + nodes.service() + ":host:" + ACME + ":" + i + "}:1";
      redis.set(key, hostile.get(i));
      assertThat(hosts.get(ACME, Integer.toString(i), this::load)).isEqualTo(WEB);
      assertThat(redis.pttl(key)).isPositive();
    }
    assertThat(hosts.statistics().codecFailures()).isEqualTo(hostile.size());
    assertThat(hosts.statistics().loads()).isEqualTo(hostile.size());
  }

  @Test
  void tenants_never_get_each_others_values_by_any_identifier() {
    EntityCache<String, Host> writer = hosts(nodes.node(url), MINUTE);
    EntityCache<String, Host> reader = hosts(nodes.node(url), MINUTE);
    String rest = nodes.service() + ":host:" + ACME;
    for (String id : List.of("1", "", ":", "}", "{", "*", "%", rest + ":1", "1}:1", "\uD800")) {
      writer.get(ACME, id, same -> Host.named("acme " + same));
      assertThat(reader.get(GLOBEX, id, same -> Host.named("globex " + same)))
          .isEqualTo(Host.named("globex " + id));
      assertThat(reader.get(ACME, id, this::load)).isEqualTo(Host.named("acme " + id));
    }
    assertThat(loads).hasValue(0);
  }

  @Test
  void every_tenant_and_none_sees_a_shared_value(TenantDatabase tenants, Database database) {
    EntityCache<String, Host> plans =
        nodes.node(url).entity("plan", String.class, Host.class, MINUTE.sharedByAllTenants());
    plans.get(database, "free", this::load);
    plans.get(tenants.as(ACME), "free", this::load);
    assertThat(loads).hasValue(1);
  }

  @Test
  void a_session_without_a_tenant_is_refused_before_anything_is_loaded(Database database) {
    EntityCache<String, Host> hosts = hosts(nodes.node(url), MINUTE);
    assertThatThrownBy(() -> hosts.get(database, "1", this::load))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a tenant");
    assertThatThrownBy(() -> hosts.invalidate(database, "1")).isInstanceOf(UsageException.class);
    assertThat(loads).hasValue(0);
  }

  @Test
  void versions_of_one_entity_do_not_read_each_other() {
    hosts(nodes.node(url), MINUTE).get(ACME, "1", this::load);
    EntityCache<String, Host> next = hosts(nodes.node(url), MINUTE.withVersion(2));
    next.get(ACME, "1", this::load);
    assertThat(loads).hasValue(2);
  }

  @Test
  void what_cannot_be_built_is_refused_at_the_call() {
    Cache cache = nodes.node(url);
    hosts(cache, MINUTE);
    assertThatThrownBy(() -> hosts(cache, MINUTE))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("cached twice");
    assertThatThrownBy(() -> cache.entity("a:b", String.class, Host.class, MINUTE))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> cache.entity("thread", Thread.class, Host.class, MINUTE))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("java.lang.Thread");
    assertThatThrownBy(() -> CachePolicy.timeToLive(Duration.ZERO))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("every value must expire");
    assertThatThrownBy(() -> MINUTE.withLocalTtl(Duration.ofMinutes(2)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("longer than Redis");
    assertThatThrownBy(() -> Cache.open(CacheConfig.service("s", "http://:secret@x").build()))
        .isInstanceOf(UsageException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  @SuppressWarnings("NullAway")
  void a_get_whose_loader_returns_null_is_refused() {
    EntityCache<UUID, Host> hosts = nodes.node(url).entity("host", UUID.class, Host.class, MINUTE);
    Loader<UUID, Host, RuntimeException> none = id -> Optional.<Host>empty().orElse(null);
    assertThatThrownBy(() -> hosts.get(ACME, UUID.randomUUID(), none))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("use find");
  }

  private Host load(String identifier) {
    loads.incrementAndGet();
    return WEB;
  }

  /** Many threads ask for one key; the load ends when all others wait for it. */
  private final class Stampede {

    private final List<EntityCache<String, Host>> caches;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    Stampede(List<EntityCache<String, Host>> caches) {
      this.caches = caches;
    }

    List<Host> run(int size) throws Exception {
      CountDownLatch ready = new CountDownLatch(size);
      ExecutorService pool =
          Executors.newFixedThreadPool(
              size,
              task -> {
                Thread thread = new Thread(task);
                threads.add(thread);
                return thread;
              });
      try {
        List<Callable<Host>> calls = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          EntityCache<String, Host> cache = caches.get(i % caches.size());
          calls.add(
              () -> {
                ready.countDown();
                ready.await();
                return cache.get(ACME, "hot", this::loadWhileAllWait);
              });
        }
        List<Host> values = new ArrayList<>();
        for (Future<Host> value : pool.invokeAll(calls)) {
          values.add(value.get());
        }
        return values;
      } finally {
        pool.shutdownNow();
      }
    }

    private Host loadWhileAllWait(String identifier) {
      Await.until(
          "all others wait",
          () ->
              threads.stream()
                  .filter(thread -> thread != Thread.currentThread())
                  .allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
      return load(identifier);
    }
  }

  private static EntityCache<String, Host> hosts(Cache cache, CachePolicy policy) {
    return cache.entity("host", String.class, Host.class, policy);
  }
}
