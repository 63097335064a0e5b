package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a policy and a loader say of how a value is loaded and kept. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class LoadingTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId ACME = TenantId.of(TENANT);
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final CachePolicy SHORT =
      CachePolicy.timeToLive(Duration.ofMillis(60)).withStaleIfError(Duration.ofMinutes(1));
  private static final Host WEB = Host.named("web-01");

  private final Nodes nodes = new Nodes();
  private final AtomicInteger loads = new AtomicInteger();
  private String url = "";
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    acme = tenants.as(TENANT);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void absence_is_remembered_where_the_policy_gives_it_a_time() {
    EntityCache<String, Host> hosts = hosts(MINUTE.withNegativeTtl(Duration.ofSeconds(30)));
    assertThat(hosts.find(ACME, "1", this::none)).isEmpty();
    assertThat(hosts.find(ACME, "1", this::none)).isEmpty();
    EntityCache<String, Host> other = hosts(MINUTE.withNegativeTtl(Duration.ofSeconds(30)));
    assertThat(other.lookup(acme, "1", (id, context) -> none(id)))
        .isEqualTo(new CacheResult<>(Optional.empty(), CacheSource.REDIS));
    assertThat(loads).hasValue(1);
    assertThat(hosts.statistics().negativeHits()).isEqualTo(1);
    hosts.invalidate(ACME, "1");
    assertThat(hosts.find(ACME, "1", id -> Optional.of(WEB))).contains(WEB);
  }

  @Test
  void an_answer_says_where_it_comes_from() {
    EntityCache<String, Host> hosts = hosts(MINUTE);
    List<CacheSource> sources = new ArrayList<>();
    sources.add(hosts.lookup(acme, "1", this::some).source());
    sources.add(hosts.lookup(acme, "1", this::some).source());
    sources.add(hosts(MINUTE).lookup(acme, "1", this::some).source());
    acme.transaction(
        transaction -> {
          sources.add(hosts.lookup(transaction, "1", this::some).source());
        });
    assertThat(sources)
        .containsExactly(
            CacheSource.LOADED, CacheSource.MEMORY, CacheSource.REDIS, CacheSource.BYPASSED);
  }

  @Test
  void a_loader_shortens_the_time_of_its_value_or_keeps_it_nowhere() {
    EntityCache<String, Host> hosts = hosts(MINUTE);
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    hosts.get(acme, "1", (id, context) -> kept(context.timeToLive(Duration.ofSeconds(5))));
    assertThat(nodes.keys(redis)).hasSize(1).allMatch(key -> redis.pttl(key) <= 5_000);
    hosts.get(acme, "2", (id, context) -> kept(context.doNotCache()));
    assertThat(nodes.keys(redis)).hasSize(1);
    assertThatThrownBy(
            () ->
                hosts.get(
                    acme, "3", (id, context) -> kept(context.timeToLive(Duration.ofHours(1)))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("PT1M");
  }

  @Test
  void times_to_live_are_spread_by_the_jitter() {
    EntityCache<String, Host> hosts = hosts(MINUTE.withJitter(0.5));
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    for (int i = 0; i < 30; i++) {
      hosts.get(ACME, Integer.toString(i), this::load);
    }
    Set<Long> tenths = new HashSet<>();
    nodes.keys(redis).forEach(key -> tenths.add(redis.pttl(key) / 3_000));
    assertThat(tenths).hasSizeGreaterThan(3).allMatch(tenth -> tenth >= 9 && tenth <= 20);
  }

  @Test
  void a_loader_that_fails_is_covered_by_the_value_whose_time_has_ended() throws Exception {
    EntityCache<String, Host> hosts = hosts(SHORT);
    hosts.get(ACME, "1", this::load);
    Await.until("the time has ended", () -> failing(hosts).source() == CacheSource.STALE);
    assertThat(hosts.<IOException>get(ACME, "1", id -> fail(id, null).orElseThrow()))
        .isEqualTo(WEB);
    assertThat(hosts.statistics().staleHits()).isPositive();
    hosts.invalidate(ACME, "1");
    assertThatThrownBy(() -> hosts.lookup(acme, "1", this::fail)).isInstanceOf(IOException.class);
  }

  @Test
  void a_slow_loader_is_covered_too_and_its_value_kept_when_it_comes() {
    EntityCache<String, Host> hosts = hosts(SHORT.withSoftTimeout(Duration.ofMillis(20)));
    hosts.get(ACME, "1", this::load);
    CountDownLatch slow = new CountDownLatch(1);
    CacheResult<Host> stale = new CacheResult<>(Optional.of(WEB), CacheSource.STALE);
    Await.until(
        "the time has ended",
        () -> hosts.lookup(acme, "1", (id, context) -> slowly(slow)).equals(stale));
    slow.countDown();
    // Who looks too late finds that its time has ended, and must not load another.
    Await.until("the load has ended", () -> failing(hosts).value().equals(Optional.of(WEB.at(2))));
  }

  @Test
  void a_loader_that_is_too_slow_is_a_retryable_error_and_its_value_is_kept_when_it_comes() {
    EntityCache<String, Host> hosts = hosts(MINUTE.withHardTimeout(Duration.ofMillis(30)));
    CountDownLatch slow = new CountDownLatch(1);
    assertThatThrownBy(() -> hosts.lookup(acme, "1", (id, context) -> slowly(slow)))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("PT0.03S");
    slow.countDown();
    Await.until("the load has ended", () -> hosts.get(ACME, "1", this::load).equals(WEB.at(2)));
    assertThat(hosts.statistics().timeouts()).isEqualTo(1);
  }

  @Test
  void what_a_background_loader_throws_reaches_the_caller_unwrapped() {
    EntityCache<String, Host> hosts = hosts(MINUTE.withHardTimeout(Duration.ofSeconds(5)));
    assertThatThrownBy(() -> hosts.lookup(acme, "1", this::fail))
        .isInstanceOf(IOException.class)
        .hasMessage("disk");
  }

  @Test
  void a_value_is_loaded_anew_before_its_time_ends() {
    CachePolicy eager =
        CachePolicy.timeToLive(Duration.ofSeconds(30))
            .withLocalTtl(Duration.ofMillis(1))
            .withRefreshAhead(100);
    EntityCache<String, Host> hosts = hosts(eager);
    AtomicInteger revision = new AtomicInteger();
    Loader<String, Host, RuntimeException> slow =
        id -> {
          pause(400);
          return WEB.at(revision.incrementAndGet());
        };
    hosts.get(ACME, "1", slow);
    Await.until("it was refreshed", () -> hosts.get(ACME, "1", slow).revision() > 1);
    assertThat(hosts.statistics().refreshes()).isPositive();
    assertThat(hosts.statistics().remoteHits()).isPositive();
  }

  @Test
  void a_refresh_that_an_invalidation_overtakes_is_refused() {
    CachePolicy eager =
        CachePolicy.timeToLive(Duration.ofSeconds(30))
            .withLocalTtl(Duration.ofMillis(1))
            .withRefreshAhead(100);
    EntityCache<String, Host> hosts = hosts(eager);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    hosts.get(
        ACME,
        "1",
        id -> {
          pause(400);
          return WEB;
        });
    Loader<String, Host, RuntimeException> old =
        id -> {
          begun.countDown();
          await(go);
          return WEB;
        };
    Await.until(
        "a refresh has begun",
        () -> {
          hosts.get(ACME, "1", old);
          return begun.getCount() == 0;
        });
    hosts.invalidate(ACME, "1");
    assertThat(hosts.get(ACME, "1", id -> WEB.at(2))).isEqualTo(WEB.at(2));
    go.countDown();
    Await.until("the refresh was refused", () -> hosts.statistics().refusedFills() > 0);
    assertThat(hosts.get(ACME, "1", id -> WEB.at(3))).isEqualTo(WEB.at(2));
  }

  @Test
  void a_value_that_is_too_long_is_returned_counted_and_not_kept() {
    EntityCache<String, Host> hosts = hosts(MINUTE.withLargestValue(10));
    assertThat(hosts.get(ACME, "1", this::load)).isEqualTo(WEB);
    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
    assertThat(hosts.statistics().oversized()).isEqualTo(1);
  }

  @Test
  void long_values_are_compressed_where_the_policy_says_so() {
    Host huge = Host.named("x".repeat(100_000));
    CachePolicy policy = MINUTE.withCompressionFrom(1_000);
    hosts(policy).get(ACME, "1", id -> huge);
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    assertThat(redis.strlen(nodes.keys(redis).get(0))).isLessThan(2_000);
    assertThat(hosts(policy).get(ACME, "1", this::load)).isEqualTo(huge);
  }

  @Test
  void settings_that_do_not_go_together_are_refused_by_name() {
    assertThatThrownBy(() -> hosts(MINUTE.withSoftTimeout(Duration.ofMillis(1))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("softTimeout")
        .hasMessageContaining("staleIfError");
    assertThatThrownBy(
            () ->
                hosts(
                    SHORT
                        .withSoftTimeout(Duration.ofMillis(2))
                        .withHardTimeout(Duration.ofMillis(2))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("hardTimeout");
    assertThatThrownBy(() -> MINUTE.withRefreshAhead(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> MINUTE.withJitter(Double.NaN)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> MINUTE.withNegativeTtl(Duration.ZERO))
        .isInstanceOf(UsageException.class);
    EntityCache<String, Host> hosts = hosts(MINUTE);
    assertThatThrownBy(() -> hosts.get(acme, "1", (id, context) -> kept(context.tag(""))))
        .isInstanceOf(InvalidDataException.class);
  }

  private EntityCache<String, Host> hosts(CachePolicy policy) {
    return nodes.node(url).entity("host", String.class, Host.class, policy);
  }

  private Host load(String id) {
    loads.incrementAndGet();
    return WEB;
  }

  private Optional<Host> none(String id) {
    loads.incrementAndGet();
    return Optional.empty();
  }

  private Optional<Host> some(String id, LoadContext context) {
    return Optional.of(WEB);
  }

  @SuppressWarnings("UnusedVariable")
  private Optional<Host> fail(String id, @Nullable LoadContext context) throws IOException {
    throw new IOException("disk");
  }

  private CacheResult<Host> failing(EntityCache<String, Host> hosts) {
    try {
      return hosts.lookup(acme, "1", this::fail);
    } catch (IOException uncovered) {
      throw new AssertionError(uncovered);
    }
  }

  private static Host kept(LoadContext context) {
    assertThat(context).isNotNull();
    return WEB;
  }

  private static Optional<Host> slowly(CountDownLatch latch) {
    await(latch);
    return Optional.of(WEB.at(2));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
