package dev.tenon.cache;

import static dev.tenon.cache.DyingWriter.HOSTS;
import static dev.tenon.cache.DyingWriter.OUTBOX;
import static dev.tenon.cache.DyingWriter.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.UsageException;
import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@TenonTest(schema = HostsSchema.class)
class OutboxInvalidationTest {

  private static final int DEATHS = Integer.getInteger("tenon.cache.deaths", 4);

  private final Nodes nodes = new Nodes();
  private String url = "";

  @BeforeEach
  void knows_its_redis_and_has_hosts(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    for (int i = 0; i < HOSTS; i++) {
      tenants.as(TENANT).sql().execute("insert into hosts values (default, ?, 1)", "h" + i);
    }
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  @Timeout(300)
  void nothing_is_stale_when_writers_die_behind_their_commits(
      TestDatabase made, TenantDatabase tenants) throws Exception {
    int stale = 0;
    Cache relaying = nodes.node(published(url));
    EntityCache<String, Long> unread = DyingWriter.revisions(relaying);
    EntityCache<String, Long> read = DyingWriter.revisions(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay = relaying.relay(owner).start()) {
      for (int death = 0; death < DEATHS; death++) {
        stale(acme, unread);
        stale(acme, read);
        awaitDeath(made, "outbox", death);
        Await.until("the relay drained", () -> waiting(owner) == 0);
        stale += stale(acme, unread);
        Await.until("the other process knows", () -> stale(acme, read) == 0);
      }
      assertThat(relay.metrics().delivered()).isPositive();
      assertThat(relay.metrics().failed()).isZero();
    }
    assertThat(stale).isZero();
  }

  @Test
  @Timeout(300)
  void without_the_outbox_the_same_deaths_leave_old_values(
      TestDatabase made, TenantDatabase tenants) throws Exception {
    int stale = 0;
    EntityCache<String, Long> read = DyingWriter.revisions(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    for (int death = 0; death < DEATHS; death++) {
      stale(acme, read);
      awaitDeath(made, "none", death);
      stale += stale(acme, read);
    }
    assertThat(stale).isPositive();
  }

  @Test
  void a_rollback_publishes_nothing(TestDatabase made, TenantDatabase tenants) {
    EntityCache<String, Long> revisions = DyingWriter.revisions(nodes.node(published(url)));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThatThrownBy(
              () ->
                  tenants
                      .as(TENANT)
                      .transaction(
                          transaction -> {
                            revisions.invalidate(transaction, "h1");
                            transaction.savepoint(
                                savepoint -> revisions.invalidate(savepoint, "h2"));
                            throw new IllegalStateException("rolled back");
                          }))
          .hasMessage("rolled back");
      assertThat(waiting(owner)).isZero();
    }
  }

  @Test
  void one_transaction_may_invalidate_a_value_many_times(
      TestDatabase made, TenantDatabase tenants) {
    EntityCache<String, Long> revisions = DyingWriter.revisions(nodes.node(published(url)));
    tenants
        .as(TENANT)
        .transaction(
            transaction -> {
              for (int i = 0; i < 200; i++) {
                revisions.invalidate(transaction, "h1");
              }
            });
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(waiting(owner)).isEqualTo(200);
    }
  }

  @Test
  void what_was_put_is_still_there_when_its_event_was_delivered(
      TestDatabase made, TenantDatabase tenants) {
    Cache cache = nodes.node(published(url));
    TenantSession acme = tenants.as(TENANT);
    put(acme, DyingWriter.revisions(cache));
    deliver(made, cache);
    EntityCache<String, Long> there = DyingWriter.revisions(nodes.node(url));
    assertThat(DyingWriter.read(acme, there, "h1")).isEqualTo(2);
    assertThat(there.statistics().remoteHits()).isEqualTo(1);
  }

  @Test
  void an_event_of_put_ends_what_a_redis_has_that_lost_the_write(
      TestDatabase made, TenantDatabase tenants) {
    Cache cache = nodes.node(published(url));
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Long> there = DyingWriter.revisions(nodes.node(url));
    String key = "{" + nodes.service() + ":host:" + TENANT + ":h1}:";
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    DyingWriter.read(acme, there, "h1");
    byte[] old = redis.get(key + "1");
    put(acme, DyingWriter.revisions(cache));
    redis.del(key + "written");
    redis.set(key + "1", old, SetArgs.Builder.px(60_000));
    deliver(made, cache);
    assertThat(redis.get(key + "1")).isNull();
    Await.until("the others know", () -> DyingWriter.read(acme, there, "h1") == 2);
  }

  private static void put(TenantSession acme, EntityCache<String, Long> revisions) {
    acme.transaction(
        transaction -> {
          transaction.sql().execute("update hosts set revision = 2 where id = 'h1'");
          revisions.put(transaction, "h1", 2L);
        });
  }

  private static void deliver(TestDatabase made, Cache cache) {
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay = cache.relay(owner).start()) {
      Await.until("the relay drained", () -> waiting(owner) == 0);
      Await.until("it counted what it delivered", () -> relay.metrics().delivered() == 1);
    }
  }

  @Test
  void an_identifier_may_hold_anything(TestDatabase made, TenantDatabase tenants) {
    Cache cache = nodes.node(published(url));
    EntityCache<String, Long> revisions = DyingWriter.revisions(cache);
    TenantSession acme = tenants.as(TENANT);
    String identifier = "\"\\:{}%\u0000\n\ud83d\ude00".repeat(40);
    revisions.get(acme, identifier, id -> 1L);
    acme.transaction(transaction -> revisions.invalidate(transaction, identifier));
    revisions.get(acme, identifier, id -> 2L);
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay = cache.relay(owner).start()) {
      Await.until("the relay drained", () -> waiting(owner) == 0);
      assertThat(relay.metrics().failed()).isZero();
    }
    assertThat(revisions.get(acme, identifier, id -> 3L)).isEqualTo(3);
  }

  @Test
  void events_wait_until_redis_confirms(
      TestRedis redis, TestDatabase made, TenantDatabase tenants) {
    try (FaultProxy network = Nodes.before(redis);
        Database owner = TestSchema.connect(made, made.owner())) {
      Cache cut = nodes.node(published(network.reroute(url)));
      EntityCache<String, Long> revisions = DyingWriter.revisions(cut);
      EntityCache<String, Long> there = DyingWriter.revisions(nodes.node(url));
      TenantSession acme = tenants.as(TENANT);
      DyingWriter.read(acme, there, "h1");
      network.disable();
      try (Relay relay =
          cut.relay(owner).backoff(Duration.ofMillis(100), Duration.ofMillis(200)).start()) {
        acme.transaction(
            transaction -> {
              transaction.sql().execute("update hosts set revision = 2 where id = 'h1'");
              revisions.invalidate(transaction, "h1");
            });
        Await.until("the relay failed", () -> relay.metrics().failed() > 1);
        assertThat(waiting(owner)).isEqualTo(1);
        network.enable();
        Await.until("the relay drained", () -> waiting(owner) == 0);
        Await.until("the others know", () -> DyingWriter.read(acme, there, "h1") == 2);
      }
    }
  }

  @Test
  void what_is_no_invalidation_is_refused(TestDatabase made) {
    Cache cache = nodes.node(published(url));
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay = cache.relay(owner).deadLetterAfter(1).start()) {
      owner.transaction(
          transaction ->
              OUTBOX.publish(
                  transaction, Event.of("host.added", "a", 1, "{}"), Event.of("x", "b", 1, "[1]")));
      Await.until("both are given up", () -> relay.metrics().deadLettered() == 2);
      assertThat(OUTBOX.deadLetters(owner, 10))
          .allSatisfy(letter -> assertThat(letter.error()).contains("is no invalidation"));
    }
  }

  @Test
  void the_outbox_is_the_cache_s_own() {
    Outbox shared = Outbox.named("fleet").consumers("mail", "cache").build();
    assertThatThrownBy(() -> nodes.config(url).invalidatingThrough(shared))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("mail");
  }

  @Test
  void a_cache_without_an_outbox_has_no_relay() {
    Cache cache = nodes.node(url);
    assertThatThrownBy(cache::outboxHandler)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("invalidatingThrough");
  }

  private CacheConfig.Builder published(String redis) {
    return nodes.config(redis).invalidatingThrough(OUTBOX);
  }

  private void awaitDeath(TestDatabase made, String outbox, int seed) throws Exception {
    Process writer =
        ChildJvm.start(
            DyingWriter.class, made, url, nodes.service(), outbox, Integer.toString(seed));
    try {
      assertThat(writer.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(writer.exitValue()).isEqualTo(DyingWriter.DEAD);
    } finally {
      writer.toHandle().destroyForcibly();
    }
  }

  private static long waiting(Database owner) {
    return OUTBOX.backlog(owner, "cache").waiting();
  }

  private static int stale(TenantSession acme, EntityCache<String, Long> revisions) {
    int stale = 0;
    for (int i = 0; i < HOSTS; i++) {
      String host = "h" + i;
      stale += DyingWriter.read(acme, revisions, host) == DyingWriter.row(acme, host) ? 0 : 1;
    }
    return stale;
  }
}
