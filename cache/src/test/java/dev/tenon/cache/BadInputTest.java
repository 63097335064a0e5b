package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What callers and loaders do that they should not. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class BadInputTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final Host WEB = Host.named("web-01");

  private final Nodes nodes = new Nodes();
  private final CountDownLatch never = new CountDownLatch(1);
  private String url = "";
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    acme = tenants.as(TENANT);
  }

  @AfterEach
  void lets_go_and_closes_what_it_opened() {
    never.countDown();
    nodes.close();
  }

  @Test
  @SuppressWarnings("NullAway") // What must not be is what is tried.
  void times_that_are_none_are_refused() {
    Duration forgotten = null;
    Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
    for (Duration bad :
        Arrays.asList(
            Duration.ZERO, Duration.ofMillis(-1), Duration.ofNanos(999_999), forever, forgotten)) {
      List<Supplier<Object>> ways =
          List.of(
              () -> CachePolicy.timeToLive(bad),
              () -> MINUTE.withLocalTtl(bad),
              () -> MINUTE.withNegativeTtl(bad),
              () -> MINUTE.withStaleIfError(bad),
              () -> MINUTE.withSoftTimeout(bad),
              () -> MINUTE.withHardTimeout(bad),
              () -> nodes.config(url).lease(bad),
              () -> nodes.config(url).loadWait(bad),
              () -> nodes.config(url).heartbeat(bad),
              () -> nodes.config(url).commandTimeout(bad));
      for (Supplier<Object> way : ways) {
        assertThatThrownBy(way::get).isInstanceOf(UsageException.class);
      }
      assertThatThrownBy(
              () ->
                  hosts(MINUTE)
                      .get(acme, "1", (id, context) -> kept(context.timeToLive(bad).tag("x"))))
          .isInstanceOf(UsageException.class);
    }
    assertThatThrownBy(() -> CachePolicy.timeToLive(Duration.ofSeconds(Long.MIN_VALUE)))
        .isInstanceOf(UsageException.class);
    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // What must not be is what is tried.
  void what_is_null_is_refused() {
    EntityCache<String, Host> hosts = hosts(MINUTE);
    Loader<String, Host, RuntimeException> loader = null;
    Loader<String, Optional<Host>, RuntimeException> finder = null;
    ContextLoader<String, Optional<Host>, RuntimeException> seeker = null;
    List<String> identifiers = null;
    List<Runnable> ways =
        List.of(
            () -> hosts.get(acme, "1", loader),
            () -> hosts.get(TenantId.of(TENANT), "1", loader),
            () -> hosts.find(acme, "1", finder),
            () -> hosts.lookup(acme, "1", seeker),
            () -> hosts.getAll(acme, identifiers, (ids, context) -> Map.of()));
    for (Runnable way : ways) {
      assertThatThrownBy(way::run).isInstanceOf(UsageException.class);
    }
    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
  }

  @Test
  void a_url_of_several_hosts_is_refused_unless_it_is_of_a_cluster() {
    assertThatThrownBy(() -> CacheConfig.service("fleet", "redis://a:1,b:2").build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("call cluster()");
  }

  @Test
  void a_long_identifier_or_tag_is_refused_before_anything_is_read() {
    EntityCache<String, Host> hosts = hosts(MINUTE);
    String long1 = "x".repeat(1 << 20);
    List<Runnable> ways =
        List.of(
            () -> hosts.get(acme, long1, id -> WEB),
            () -> hosts.getAll(acme, List.of("1", long1), (ids, context) -> Map.of()),
            () -> hosts.invalidate(acme, long1),
            () -> hosts.invalidateTag(acme, long1),
            () -> hosts.invalidateTag(acme, ""),
            () -> acme.transaction(tx -> hosts.put(tx, long1, WEB)),
            () -> hosts.get(acme, "1", (id, context) -> kept(context.tag(long1))));
    for (Runnable way : ways) {
      assertThatThrownBy(way::run).isInstanceOf(InvalidDataException.class);
    }
    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
    assertThat(hosts.get(acme, "😀".repeat(256), id -> WEB)).isEqualTo(WEB);
    assertThat(hosts(MINUTE).get(acme, "😀".repeat(256), id -> WEB.at(2))).isEqualTo(WEB);
  }

  @Test
  @SuppressWarnings({"NullAway", "NullOptional", "NullableOptional"})
  void a_loader_or_tag_that_is_null_is_named() {
    EntityCache<String, Host> hosts = hosts(MINUTE);
    Loader<String, Optional<Host>, RuntimeException> none = id -> null;
    assertThatThrownBy(() -> hosts.find(acme, "1", none))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Optional");
    assertThatThrownBy(() -> hosts.lookup(acme, "1", (id, context) -> null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Optional");
    assertThatThrownBy(() -> hosts.getAll(acme, List.of("1"), (ids, context) -> null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("map");
    assertThatThrownBy(() -> hosts.invalidateTag(acme, null)).isInstanceOf(TenonException.class);
    assertThatThrownBy(() -> acme.transaction(tx -> hosts.put(tx, "1", null)))
        .isInstanceOf(TenonException.class);
    assertThat(nodes.keys(nodes.redis(url))).as("leases are given back").isEmpty();
  }

  @Test
  void a_loader_that_fails_in_any_way_gives_its_lease_back() {
    EntityCache<String, Host> plain = hosts(MINUTE);
    EntityCache<String, Host> bounded = hosts(MINUTE.withHardTimeout(Duration.ofSeconds(5)));
    for (EntityCache<String, Host> hosts : List.of(plain, bounded)) {
      for (Throwable thrown :
          List.of(
              new IllegalStateException("a"),
              new AssertionError("b"),
              new StackOverflowError(),
              new OutOfMemoryError("c"))) {
        assertThatThrownBy(() -> hosts.get(acme, "1", id -> fail(thrown))).isSameAs(thrown);
        assertThatThrownBy(
                () ->
                    hosts.getAll(
                        acme, List.of("1", "2"), (ids, context) -> Map.of("1", fail(thrown))))
            .isSameAs(thrown);
      }
    }
    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
  }

  private static Host fail(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  @Test
  void an_interrupted_caller_is_answered_and_stays_interrupted() {
    for (CachePolicy policy : List.of(MINUTE, MINUTE.withNegativeTtl(Duration.ofSeconds(9)))) {
      EntityCache<String, Host> hosts = hosts(policy);
      Thread.currentThread().interrupt();
      Host found = hosts.get(acme, "1", id -> WEB);
      hosts.invalidate(TenantId.of(TENANT), "1");
      Map<String, Host> all =
          hosts.getAll(acme, List.of("1", "2"), (ids, context) -> Map.of("1", WEB));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(found).isEqualTo(WEB);
      assertThat(all).hasSize(1);
    }
    EntityCache<String, Host> bounded = hosts(MINUTE.withHardTimeout(Duration.ofSeconds(5)));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> bounded.get(acme, "3", id -> WEB))
        .isInstanceOf(RetryableException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void a_loader_may_ask_for_its_own_key_and_for_others_in_the_background() {
    CachePolicy policy =
        MINUTE
            .withStaleIfError(Duration.ofMinutes(1))
            .withSoftTimeout(Duration.ofMillis(100))
            .withHardTimeout(Duration.ofMinutes(1));
    EntityCache<String, Host> hosts =
        nodes
            .node(nodes.config(url).loadWait(Duration.ofMillis(300)))
            .entity("host", String.class, Host.class, policy);
    long start = System.nanoTime();
    assertThat(hosts.get(acme, "1", id -> hosts.get(acme, id, same -> WEB).at(2)).revision())
        .isEqualTo(2);
    assertThat(
            hosts.get(
                acme,
                "2",
                id -> hosts.get(acme, "3", other -> hosts.get(acme, "2", same -> WEB.at(7)).at(8))))
        .extracting(Host::revision)
        .isEqualTo(8L);
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    System.out.printf("loaders that ask for their own key: %d ms%n", millis);
    // Who waits for itself by way of other threads goes around it; else it would be a minute.
    assertThat(millis).isLessThan(30_000);
  }

  @Test
  void loaders_that_ask_for_other_keys_do_not_wait_for_each_other_where_all_threads_are_busy()
      throws Exception {
    for (CachePolicy policy :
        List.of(
            MINUTE.withHardTimeout(Duration.ofMinutes(1)),
            MINUTE
                .withStaleIfError(Duration.ofMinutes(1))
                .withSoftTimeout(Duration.ofMillis(100)))) {
      EntityCache<String, Host> hosts = hosts(policy);
      CountDownLatch all = new CountDownLatch(64);
      long start = System.nanoTime();
      List<Host> found =
          inParallel(
              100,
              i ->
                  hosts.get(
                      acme,
                      "outer-" + i,
                      id -> {
                        all.countDown();
                        await(all, 5);
                        return hosts.get(acme, "inner-" + i, same -> WEB.at(i));
                      }));
      long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
      System.out.printf("100 loads of loads with 64 threads: %d ms%n", millis);
      assertThat(found).hasSize(100);
    }
  }

  @Test
  void nobody_waits_longer_than_the_hard_timeout_for_loaders_that_never_end() throws Exception {
    EntityCache<String, Host> hosts =
        nodes
            .node(nodes.config(url).loadWait(Duration.ofMillis(300)))
            .entity(
                "host", String.class, Host.class, MINUTE.withHardTimeout(Duration.ofMillis(200)));
    try (Stalls stalls = Stalls.watch()) {
      long start = System.nanoTime();
      List<Boolean> refused =
          inParallel(
              90,
              i -> {
                // The first 70 need more threads than there are, the others wait for one of them.
                String id = Integer.toString(Math.min(i, 70));
                assertThatThrownBy(() -> hosts.get(acme, id, same -> hang()))
                    .isInstanceOf(RetryableException.class);
                return true;
              });
      long end = System.nanoTime();
      long nanos = stalls.nanosWithout(start, end);
      System.out.printf(
          "90 calls of loaders that never end: %d ms, without stalls %d ms%n",
          (end - start) / 1_000_000, nanos / 1_000_000);
      assertThat(refused).hasSize(90);
      assertThat(Duration.ofNanos(nanos)).isLessThan(Duration.ofSeconds(3));
    }
    never.countDown();
    Await.until(
        "loads run again",
        () -> {
          try {
            return hosts.get(acme, "again", id -> WEB).equals(WEB);
          } catch (RetryableException busy) {
            return false;
          }
        });
  }

  private Host hang() {
    await(never, 30);
    return WEB;
  }

  @Test
  void as_many_keys_at_once_as_one_likes() {
    CachePolicy policy = MINUTE.withLocalEntries(50_000);
    List<String> ids = IntStream.range(0, 20_000).mapToObj(Integer::toString).toList();
    BulkLoader<String, Host, RuntimeException> loader =
        (missing, context) -> {
          Map<String, Host> all = new HashMap<>();
          missing.forEach(id -> all.put(id, Host.named(id)));
          return all;
        };
    assertThat(hosts(policy).getAll(acme, ids, loader)).hasSize(ids.size());
    EntityCache<String, Host> other = hosts(policy);
    assertThat(other.getAll(acme, ids, loader)).hasSize(ids.size());
    System.out.printf(
        "%d keys at once: %d from Redis, %d failures%n",
        ids.size(), other.statistics().remoteHits(), other.statistics().remoteFailures());
    assertThat(other.statistics().remoteHits()).isGreaterThan(ids.size() * 95L / 100);
  }

  @Test
  void two_writes_of_one_key_in_one_transaction_leave_the_second() {
    EntityCache<String, Host> hosts = hosts(MINUTE);
    acme.transaction(
        tx -> {
          hosts.put(tx, "1", WEB.at(5));
          hosts.put(tx, "1", WEB.at(6));
        });
    assertThat(hosts.get(acme, "1", id -> WEB.at(6)).revision()).isEqualTo(6);
    assertThatCode(() -> acme.transaction(tx -> hosts.invalidate(tx, "1")))
        .doesNotThrowAnyException();
  }

  /** What many threads at once answer. */
  private static <T> List<T> inParallel(int count, IntCall<T> call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        futures.add(threads.submit(() -> call.run(number)));
      }
      List<T> answers = new ArrayList<>();
      for (Future<T> future : futures) {
        answers.add(future.get(40, TimeUnit.SECONDS));
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }

  private interface IntCall<T> {
    T run(int number) throws Exception;
  }

  private static void await(CountDownLatch latch, int seconds) {
    try {
      boolean unused = latch.await(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static Host kept(LoadContext context) {
    assertThat(context).isNotNull();
    return WEB;
  }

  private EntityCache<String, Host> hosts(CachePolicy policy) {
    return nodes.node(url).entity("host", String.class, Host.class, policy);
  }
}
