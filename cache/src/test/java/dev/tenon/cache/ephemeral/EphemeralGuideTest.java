package dev.tenon.cache.ephemeral;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.Codec;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The code of docs/guide/ephemeral.md. */
@TenonTest(schema = ReportsSchema.class)
class EphemeralGuideTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");

  private final List<String> refreshed = new CopyOnWriteArrayList<>();
  private final AtomicReference<Receipt> replied = new AtomicReference<>();

  @Test
  void the_code_of_the_guide_runs(TestRedis redis, TenantDatabase tenants) {
    String requestKey = "0191f6c0-0000-7000-8000-0000000000ff";
    TenantSession acme = tenants.as(ACME);
    acme.sql().execute("insert into reports (id, body, fence) values ('daily', '', 0)");

    try (Processes processes = new Processes(redis)) {
      Ephemeral ephemeral = processes.process();
      limits(ephemeral, acme);
      lock(ephemeral, acme);
      sessions(ephemeral, acme);
      idempotency(ephemeral, acme, requestKey);
      idempotency(ephemeral, acme, requestKey);
      assertThat(replied).hasValue(new Receipt("paid"));
      leaderboard(ephemeral, acme);
      presence(ephemeral, acme);
      messages(ephemeral, acme);
    }
  }

  /** A busy machine may take longer than its command timeout: so only opened. */
  @Test
  void what_the_guide_opens_is_connected(TestRedis redis) {
    String redisUrl = redis.uri().toString();
    try (Cache cache = Cache.open(CacheConfig.service("fleet", redisUrl).build())) {
      Ephemeral ephemeral = Ephemeral.on(cache);
      assertThat(ephemeral).isNotNull();
      Processes.until("it is connected", cache::isConnected);
    }
  }

  private static void limits(Ephemeral ephemeral, TenantSession acme) {
    RateLimiter logins =
        ephemeral.rateLimiter("login", RateLimit.slidingWindow(5, Duration.ofMinutes(1)));
    RateLimiter calls =
        ephemeral.rateLimiter("calls", RateLimit.tokenBucket(100, 20, Duration.ofSeconds(1)));

    RateLimiter.Decision login = logins.tryAcquire(Owner.of(acme), "alice");
    RateLimiter.Decision call = calls.tryAcquire(Owner.of(acme), "alice", 3);
    if (!call.allowed()) {
      throw new TooManyRequests(call.retryAfter());
    }

    assertThat(login.remaining()).isEqualTo(4);
    assertThat(call.remaining()).isEqualTo(97);
  }

  private static void lock(Ephemeral ephemeral, TenantSession acme) {
    DistributedLock lock = ephemeral.lock("report", Duration.ofSeconds(30));

    Optional<DistributedLock.Hold> got =
        lock.tryAcquire(Owner.of(acme), "daily", Duration.ofSeconds(2));
    if (got.isPresent()) {
      try (DistributedLock.Hold hold = got.get()) {
        int written =
            acme.sql()
                .execute(
                    "update reports set body = ?, fence = ? where id = 'daily' and fence < ?",
                    report(),
                    hold.token(),
                    hold.token());
        assertThat(written).isEqualTo(1);
      }
    }
  }

  private static void sessions(Ephemeral ephemeral, TenantSession acme) {
    UserSessions sessions = ephemeral.sessions("web", Duration.ofMinutes(30), Duration.ofHours(12));
    UserSession.Attribute<Integer> cart =
        new UserSession.Attribute<>("cart", Codec.json(Integer.class));

    String cookie = sessions.create(Owner.of(acme), "alice").id();
    sessions.put(Owner.of(acme), cookie, cart, 1);
    sessions.update(Owner.of(acme), cookie, cart, items -> items.orElse(0) + 1);
    Optional<UserSession> session = sessions.find(Owner.of(acme), cookie);
    Optional<Integer> items = session.flatMap(found -> found.get(cart));
    sessions.revokeAll(Owner.of(acme), "alice");

    assertThat(items).contains(2);
    assertThat(sessions.find(Owner.of(acme), cookie)).isEmpty();
  }

  private void idempotency(Ephemeral ephemeral, TenantSession acme, String requestKey) {
    IdempotencyKeys<Receipt> payments =
        ephemeral.idempotencyKeys(
            "payment", Codec.json(Receipt.class), Duration.ofMinutes(1), Duration.ofDays(1));

    IdempotencyKeys.Beginning<Receipt> beginning = payments.begin(Owner.of(acme), requestKey);
    if (beginning instanceof IdempotencyKeys.First<Receipt> first) {
      first.complete(pay());
    } else if (beginning instanceof IdempotencyKeys.Done<Receipt> done) {
      reply(done.result());
    } else if (beginning instanceof IdempotencyKeys.Running<Receipt> running) {
      retryLater(running.freeAfter());
    }
  }

  private static void leaderboard(Ephemeral ephemeral, TenantSession acme) {
    Leaderboard uptime =
        ephemeral.leaderboard("uptime", Leaderboard.Order.HIGHEST_FIRST, Duration.ofDays(30));

    uptime.set(Owner.of(acme), "november", "web-01", 720);
    uptime.add(Owner.of(acme), "november", "web-02", 24);
    List<Leaderboard.Standing> best = uptime.top(Owner.of(acme), "november", 10);
    List<Leaderboard.Standing> near = uptime.around(Owner.of(acme), "november", "web-02", 2);
    Optional<Leaderboard.Standing> own = uptime.find(Owner.of(acme), "november", "web-02");

    assertThat(best).hasSize(2).isEqualTo(near);
    assertThat(own).contains(new Leaderboard.Standing("web-02", 24, 2));
  }

  private static void presence(Ephemeral ephemeral, TenantSession acme) {
    DistinctCounter visitors =
        ephemeral.distinctCounter("visitors", Duration.ofHours(1), Duration.ofDays(1));
    visitors.see(Owner.of(acme), "dashboard", "alice", "bob");
    long lately = visitors.count(Owner.of(acme), "dashboard");

    Presence online = ephemeral.presence("online", Duration.ofSeconds(30));
    online.sign(Owner.of(acme), "war-room", "alice");
    List<String> there = online.members(Owner.of(acme), "war-room", 100);

    assertThat(lately).isEqualTo(2);
    assertThat(there).containsExactly("alice");
  }

  private void messages(Ephemeral ephemeral, TenantSession acme) {
    Topic<Deployed> deployments = ephemeral.topic("deployments", Codec.json(Deployed.class));

    Topic.Subscription subscription =
        deployments.subscribe(
            Owner.of(acme), deployed -> refresh(deployed.host()), () -> refreshAll());
    deployments.publish(Owner.of(acme), new Deployed("web-01", 2));

    Processes.until("it is heard", () -> refreshed.contains("web-01"));
    subscription.close();
  }

  @Test
  void every_line_of_code_in_the_guide_is_compiled() throws IOException {
    String guide = Files.readString(Path.of("../docs/guide/ephemeral.md"));
    String source =
        squeezed(
            Files.readString(
                Path.of("src/test/java/dev/tenon/cache/ephemeral/EphemeralGuideTest.java")));
    assertThat(Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(guide).results())
        .extracting((MatchResult block) -> squeezed(block.group(1)))
        .hasSizeGreaterThan(7)
        .allSatisfy(block -> assertThat(source).contains(block));
  }

  record Receipt(String state) {}

  record Deployed(String host, long revision) {}

  private static final class TooManyRequests extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooManyRequests(Duration retryAfter) {
      super("try again in " + retryAfter);
    }
  }

  private static String report() {
    return "all is well";
  }

  private static Receipt pay() {
    return new Receipt("paid");
  }

  private void reply(Receipt receipt) {
    replied.set(receipt);
  }

  private static void retryLater(Duration after) {
    throw new TooManyRequests(after);
  }

  private void refresh(String host) {
    refreshed.add(host);
  }

  private void refreshAll() {
    refreshed.add("all");
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }
}
