package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a call gets whose loader hangs. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class HardTimeoutTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId ACME = TenantId.of(TENANT);
  private static final Duration LIMIT = Duration.ofMillis(400);
  private static final Duration LOAD_WAIT = Duration.ofSeconds(8);
  private static final CachePolicy BOUNDED =
      CachePolicy.timeToLive(Duration.ofMinutes(1)).withHardTimeout(LIMIT);
  private static final Host WEB = Host.named("web-01");
  private static final int CALLERS = 100;

  private final Nodes nodes = new Nodes();
  private final AtomicInteger loads = new AtomicInteger();
  private final CountDownLatch go = new CountDownLatch(1);
  private final Callers threads = new Callers(CALLERS);
  private String url = "";
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    acme = tenants.as(TENANT);
  }

  @AfterEach
  void closes_what_it_opened() {
    go.countDown();
    threads.close();
    nodes.close();
  }

  /** How a value is read. */
  enum Way {
    GET,
    GET_ALL
  }

  @ParameterizedTest
  @EnumSource
  void a_hundred_calls_of_a_loader_that_hangs_begin_one_load_and_end_in_time(Way way)
      throws Exception {
    Cache cache = node(url);
    EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, BOUNDED);
    assertAllEndInTime(hosts, way, 1);
    EntityCache<String, Host> others = cache.entity("other", String.class, Host.class, BOUNDED);
    assertThat(others.get(ACME, "1", id -> WEB)).as("of another entity").isEqualTo(WEB);
    assertAllEndInTime(hosts, way, 1);
    go.countDown();
    Await.until("what was loaded is kept", () -> hosts.get(ACME, "1", id -> WEB.at(9)).equals(WEB));
  }

  @ParameterizedTest
  @EnumSource
  void so_they_do_where_others_are_waited_for_less_long(Way way) throws Exception {
    Cache cache = nodes.node(nodes.config(url).loadWait(Duration.ofMillis(50)));
    assertAllEndInTime(cache.entity("host", String.class, Host.class, BOUNDED), way, 1);
  }

  @ParameterizedTest
  @EnumSource
  void so_they_do_without_redis(Way way) throws Exception {
    try (FaultProxy network = FaultProxy.to(Nodes.host(url), Nodes.port(url))) {
      Cache cache = node(network.reroute(url));
      EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, BOUNDED);
      network.disable();
      Await.until("the loss is noticed", () -> !cache.isConnected());
      assertAllEndInTime(hosts, way, 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void who_waits_for_another_process_waits_no_longer(Way way) throws Exception {
    EntityCache<String, Host> hosts = node(url).entity("host", String.class, Host.class, BOUNDED);
    String key = "{" + nodes.service() + ":host:" + TENANT + ":1}:1";
    nodes.redis(url).set(key, new LeaseToken().ofLoader(), SetArgs.Builder.px(60_000));
    assertAllEndInTime(hosts, way, 0);
  }

  @ParameterizedTest
  @EnumSource
  void a_load_that_outlives_its_lease_is_left_behind_and_cannot_replace_the_next(Way way) {
    EntityCache<String, Host> hosts =
        nodes
            .node(nodes.config(url).lease(Duration.ofMillis(300)))
            .entity("host", String.class, Host.class, BOUNDED);
    assertThatThrownBy(() -> hosts.get(ACME, "1", this::hanging))
        .isInstanceOf(RetryableException.class);
    Await.until("the next one is begun", () -> isAnswered(() -> read(hosts, way, WEB.at(2))));
    go.countDown();
    Await.until("the first one has ended", () -> hosts.statistics().loads() == 2);
    assertThat(read(hosts, way, WEB.at(3))).isEqualTo(WEB.at(2));
  }

  private Host read(EntityCache<String, Host> hosts, Way way, Host loaded) {
    return way == Way.GET
        ? hosts.get(ACME, "1", id -> loaded)
        : Objects.requireNonNull(
            hosts.getAll(acme, List.of("1"), (ids, context) -> Map.of("1", loaded)).get("1"));
  }

  @ParameterizedTest
  @EnumSource
  void who_comes_later_gets_what_the_load_brings_that_goes_on(Way way) throws Exception {
    EntityCache<String, Host> hosts = node(url).entity("host", String.class, Host.class, BOUNDED);
    assertThatThrownBy(() -> hosts.get(ACME, "1", this::hanging))
        .isInstanceOf(RetryableException.class);
    Future<Host> later =
        threads.submit(
            () -> {
              for (; ; ) {
                try {
                  return read(hosts, way, WEB.at(9));
                } catch (RetryableException late) {
                  assertThat(late).hasMessageContaining("its loader is slow");
                }
              }
            });
    threads.awaitWaiting(1);
    go.countDown();
    assertThat(later.get(30, TimeUnit.SECONDS)).isEqualTo(WEB);
    assertThat(hosts.statistics().loads()).isEqualTo(1);
  }

  @Test
  void who_asks_behind_an_invalidation_does_not_wait_for_a_load_that_began_before() {
    EntityCache<String, Host> hosts = node(url).entity("host", String.class, Host.class, BOUNDED);
    assertThatThrownBy(() -> hosts.get(ACME, "1", this::hanging))
        .isInstanceOf(RetryableException.class);
    hosts.invalidate(ACME, "1");
    assertThat(hosts.get(ACME, "1", id -> WEB.at(2))).isEqualTo(WEB.at(2));
    go.countDown();
    Await.until("the first one has ended", () -> hosts.statistics().loads() == 2);
    assertThat(hosts.get(ACME, "1", id -> WEB.at(3))).isEqualTo(WEB.at(2));
  }

  @Test
  void a_call_that_finds_no_thread_is_told_so() throws Exception {
    Cache cache = node(url);
    EntityCache<String, Host> slow =
        cache.entity(
            "slow", String.class, Host.class, BOUNDED.withHardTimeout(Duration.ofMinutes(1)));
    for (int i = 0; i < 64; i++) {
      String id = Integer.toString(i);
      var unused = threads.submit(() -> slow.get(ACME, id, this::hanging));
    }
    Await.until("all threads load", () -> loads.get() == 64);
    EntityCache<String, Host> fast = cache.entity("fast", String.class, Host.class, BOUNDED);
    List<Future<Host>> calls = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      calls.add(threads.submit(() -> fast.get(ACME, "1", id -> WEB)));
    }
    for (Future<Host> call : calls) {
      assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RetryableException.class)
          .hasMessageContaining("no thread")
          .hasMessageContaining("64")
          .hasMessageNotContaining("its loader is slow");
    }
  }

  private void assertAllEndInTime(EntityCache<String, Host> hosts, Way way, int most)
      throws Exception {
    try (Stalls stalls = Stalls.watch()) {
      long start = System.nanoTime();
      List<Future<Long>> calls = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        calls.add(threads.submit(() -> nanosOf(hosts, way)));
      }
      long longest = 0;
      for (Future<Long> call : calls) {
        longest = Math.max(longest, call.get(60, TimeUnit.SECONDS));
      }
      long stalled = System.nanoTime() - start - stalls.nanosWithout(start, System.nanoTime());
      System.out.printf(
          "%d calls of a loader that hangs, %s: the longest %d ms of %d, stalls %d ms, %d loads%n",
          CALLERS, way, longest / 1_000_000, LIMIT.toMillis(), stalled / 1_000_000, loads.get());
      assertThat(loads.get()).as("loads").isEqualTo(most);
      assertThat(Duration.ofNanos(longest - stalled)).isLessThan(LIMIT.multipliedBy(2));
    }
  }

  private long nanosOf(EntityCache<String, Host> hosts, Way way) {
    long start = System.nanoTime();
    assertThatThrownBy(
            () -> {
              if (way == Way.GET) {
                hosts.get(ACME, "1", this::hanging);
              } else {
                hosts.getAll(acme, List.of("1"), (ids, context) -> Map.of("1", hanging("1")));
              }
            })
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining(LIMIT.toString());
    return System.nanoTime() - start;
  }

  private static boolean isAnswered(Runnable call) {
    try {
      call.run();
      return true;
    } catch (RetryableException late) {
      return false;
    }
  }

  private Host hanging(String id) {
    assertThat(id).isNotNull();
    loads.incrementAndGet();
    try {
      assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
    return WEB;
  }

  private Cache node(String redis) {
    return nodes.node(
        nodes.config(redis).loadWait(LOAD_WAIT).commandTimeout(Duration.ofMillis(500)));
  }
}
