package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is answered of a value whose time has ended. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class StaleTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId ACME = TenantId.of(TENANT);
  private static final CachePolicy PLAIN = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final CachePolicy COVERED = PLAIN.withStaleIfError(Duration.ofMinutes(1));
  private static final CacheResult<Host> STALE =
      new CacheResult<>(Optional.of(Host.named("web-01")), CacheSource.STALE);
  private static final Problem PROBLEM =
      Problem.what("it failed").where("a loader").why("it is a test").fix("nothing");

  private final Nodes nodes = new Nodes();
  private String url = "";
  private RedisCommands<String, byte[]> redis;
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis server, TenantDatabase tenants) {
    url = server.uri().toString();
    redis = nodes.redis(url);
    acme = tenants.as(TENANT);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void nothing_is_stale_where_the_policy_keeps_nothing_for_longer() {
    aged(PLAIN, Duration.ofMillis(1));
    EntityCache<String, Host> hosts = hosts(PLAIN);
    assertThatThrownBy(() -> failing(hosts)).isInstanceOf(IOException.class);
    aged(PLAIN, Duration.ofMillis(1));
    assertThatThrownBy(() -> all(hosts, new IOException("disk"))).isInstanceOf(IOException.class);
    aged(PLAIN, Duration.ofMillis(1));
    assertThat(hosts.lookup(acme, "1", (id, context) -> Optional.of(Host.named("new"))))
        .isEqualTo(new CacheResult<>(Optional.of(Host.named("new")), CacheSource.LOADED));
    assertThat(hosts(PLAIN).get(ACME, "1", id -> Host.named("newer"))).isEqualTo(Host.named("new"));
    assertThat(hosts.statistics().staleHits()).isZero();
  }

  @Test
  void memory_holds_what_is_stale_no_longer_than_the_policy_does() {
    EntityCache<String, Host> hosts = hosts(COVERED);
    Await.until(
        "it ended before memory would have let go of it",
        () -> {
          aged(COVERED, Duration.ofMinutes(1).minusMillis(200));
          long before = System.nanoTime();
          boolean isHeld = isStale(hosts);
          nodes.keys(redis).forEach(redis::del);
          return isHeld && endsWithinASecondOf(before, hosts);
        });
  }

  /** What is stale is held for a second: a slow machine proves nothing, and is asked again. */
  private boolean endsWithinASecondOf(long beforeItWasHeld, EntityCache<String, Host> hosts) {
    Await.until("it has ended", () -> !isStale(hosts));
    return System.nanoTime() - beforeItWasHeld < TimeUnit.SECONDS.toNanos(1);
  }

  private boolean isStale(EntityCache<String, Host> hosts) {
    try {
      return failing(hosts).equals(STALE);
    } catch (Exception uncovered) {
      return false;
    }
  }

  /** Answers of a loader that ended well, and that nothing keeps. */
  enum Unkept {
    NOTHING,
    NOT_TO_BE_CACHED,
    TOO_LONG,
    NOT_ENCODED,
    NOTHING_OF_MANY
  }

  @ParameterizedTest
  @EnumSource
  void an_answer_that_is_not_kept_ends_the_older_one(Unkept answer) {
    aged(COVERED, Duration.ofSeconds(1));
    EntityCache<String, Host> hosts = unkept(answer);
    assertThat(nodes.keys(redis)).isEmpty();
    assertThatThrownBy(() -> failing(hosts)).isInstanceOf(IOException.class);
  }

  private EntityCache<String, Host> unkept(Unkept answer) {
    Host tooLong = Host.named("x".repeat(2_000));
    EntityCache<String, Host> hosts =
        nodes.node(url).entity("host", String.class, new Picky(), COVERED.withLargestValue(1_000));
    switch (answer) {
      case NOTHING -> assertThat(hosts.find(ACME, "1", id -> Optional.empty())).isEmpty();
      case NOT_TO_BE_CACHED ->
          assertThat(
                  hosts.get(
                      acme,
                      "1",
                      (id, context) -> {
                        context.doNotCache();
                        return Host.named("2");
                      }))
              .isEqualTo(Host.named("2"));
      case TOO_LONG -> assertThat(hosts.get(ACME, "1", id -> tooLong)).isEqualTo(tooLong);
      case NOT_ENCODED ->
          assertThat(hosts.get(ACME, "1", id -> Picky.REFUSED)).isEqualTo(Picky.REFUSED);
      case NOTHING_OF_MANY ->
          assertThat(hosts.getAll(acme, List.of("1"), (ids, context) -> Map.of())).isEmpty();
    }
    return hosts;
  }

  private static final class Picky implements Codec<Host> {
    static final Host REFUSED = Host.named("refused");
    private final Codec<Host> json = Codec.json(Host.class);

    @Override
    public byte[] encode(Host host) throws IOException {
      if (host.equals(REFUSED)) {
        throw new IOException("refused");
      }
      return json.encode(host);
    }

    @Override
    public Host decode(byte[] bytes) throws IOException {
      return json.decode(bytes);
    }

    @Override
    public String shape() {
      return json.shape();
    }
  }

  @Test
  void a_slow_answer_that_is_not_kept_ends_the_older_one_in_memory_too() {
    EntityCache<String, Host> hosts = hosts(COVERED.withSoftTimeout(Duration.ofMillis(20)));
    Await.until(
        "it ended before memory would have let go of it",
        () -> {
          aged(COVERED, Duration.ofSeconds(1));
          CountDownLatch slow = new CountDownLatch(1);
          long before = System.nanoTime();
          assertThat(
                  hosts.lookup(
                      acme,
                      "1",
                      (id, context) -> {
                        await(slow);
                        return Optional.empty();
                      }))
              .isEqualTo(STALE);
          slow.countDown();
          Await.until("the load has ended", () -> nodes.keys(redis).isEmpty());
          return endsWithinASecondOf(before, hosts);
        });
  }

  @Test
  void a_refresh_that_finds_nothing_ends_the_value() {
    CachePolicy eager = PLAIN.withRefreshAhead(100).withLocalTtl(Duration.ofMillis(1));
    EntityCache<String, Host> hosts = hosts(eager);
    hosts.get(
        ACME,
        "1",
        id -> {
          pause(700);
          return Host.named("web-01");
        });
    Await.until("a refresh ended it", () -> hosts.find(ACME, "1", id -> none()).isEmpty());
  }

  private static Optional<Host> none() {
    return Optional.empty();
  }

  static Stream<Exception> verdicts() {
    return Stream.of(
        new NotFoundException(PROBLEM),
        new AccessDeniedException(PROBLEM, new SQLException("denied")),
        new UsageException(PROBLEM),
        new InvalidDataException(PROBLEM),
        new IllegalArgumentException("wrong"));
  }

  @ParameterizedTest
  @MethodSource("verdicts")
  void what_a_loader_says_of_data_or_code_reaches_the_caller(Exception verdict) {
    aged(COVERED, Duration.ofSeconds(1));
    EntityCache<String, Host> hosts = hosts(COVERED);
    assertThatThrownBy(() -> failing(hosts, verdict)).isSameAs(verdict);
    assertThat(nodes.keys(redis)).hasSize(verdict instanceof NotFoundException ? 0 : 1);
    aged(COVERED, Duration.ofSeconds(1));
    EntityCache<String, Host> patient = hosts(COVERED.withHardTimeout(Duration.ofSeconds(9)));
    assertThatThrownBy(() -> failing(patient, verdict)).isSameAs(verdict);
    aged(COVERED, Duration.ofSeconds(1));
    assertThatThrownBy(() -> all(hosts(COVERED), verdict)).isSameAs(verdict);
    assertThat(nodes.keys(redis)).hasSize(verdict instanceof NotFoundException ? 0 : 1);
  }

  static Stream<Exception> failures() {
    return Stream.of(
        new RetryableException(PROBLEM, new SQLException("away")),
        new ServerException(PROBLEM, new SQLException("away")),
        new OutcomeUnknownException(PROBLEM, new SQLException("away")),
        new IOException("disk"),
        new IllegalStateException("closed"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void what_fails_in_a_loader_is_covered(Exception failure) throws Exception {
    aged(COVERED, Duration.ofSeconds(1));
    assertThat(failing(hosts(COVERED), failure)).isEqualTo(STALE);
    assertThat(all(hosts(COVERED), failure)).containsOnlyKeys("1");
  }

  /** Puts a value there whose time ended so long ago. */
  private void aged(CachePolicy policy, Duration ago) {
    nodes.keys(redis).forEach(redis::del);
    hosts(policy).get(ACME, "1", id -> Host.named("web-01"));
    String key = nodes.keys(redis).get(0);
    byte[] bytes = redis.get(key);
    List<byte[]> time = redis.time();
    long now = number(time.get(0)) * 1_000 + number(time.get(1)) / 1_000;
    byte[] head =
        String.format(Locale.ROOT, "4%013d", now - ago.toMillis())
            .getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(head, 0, bytes, 0, head.length);
    redis.set(key, bytes, SetArgs.Builder.px(Math.max(1, restOf(policy, ago))));
  }

  private static long number(byte[] text) {
    return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
  }

  private static long restOf(CachePolicy policy, Duration ago) {
    return policy.staleFor().isZero() ? 60_000 : policy.staleFor().minus(ago).toMillis();
  }

  private CacheResult<Host> failing(EntityCache<String, Host> hosts) throws Exception {
    return failing(hosts, new IOException("disk"));
  }

  private CacheResult<Host> failing(EntityCache<String, Host> hosts, Exception error)
      throws Exception {
    return hosts.<Exception>lookup(
        acme,
        "1",
        (id, context) -> {
          throw error;
        });
  }

  private Map<String, Host> all(EntityCache<String, Host> hosts, Exception error) throws Exception {
    return hosts.<Exception>getAll(
        acme,
        List.of("1"),
        (ids, context) -> {
          throw error;
        });
  }

  private EntityCache<String, Host> hosts(CachePolicy policy) {
    return nodes.node(url).entity("host", String.class, Host.class, policy);
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
