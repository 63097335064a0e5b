package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.UsageException;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest(schema = HostsSchema.class)
class WriteBehindTest {

  private static final UUID TENANT = DyingWriter.TENANT;
  private static final UUID OTHER = UUID.fromString("0191f6c0-0000-7000-8000-00000000000b");

  private final Nodes nodes = new Nodes();
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
  void a_value_is_read_everywhere_before_it_is_written(TenantDatabase tenants) {
    WriteBehind<String, Long> here = Written.on(nodes.node(url));
    WriteBehind<String, Long> there = Written.on(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    assertThat(Written.read(here, acme, "a")).isZero();
    here.put(acme, "a", 1L);
    assertThat(Written.read(here, acme, "a")).isEqualTo(1);
    assertThat(Written.read(there, acme, "a")).isEqualTo(1);
    here.put(acme, "a", 2L);
    assertThat(Written.read(here, acme, "a")).isEqualTo(2);
    Await.until("the other process knows", () -> Written.read(there, acme, "a") == 2);
    assertThat(Written.row(acme, "a")).isEmpty();
    assertThat(Written.read(here, tenants.as(OTHER), "a")).isZero();
  }

  @Test
  void a_relay_writes_it_and_what_waited_is_gone(TestDatabase made, TenantDatabase tenants) {
    WriteBehind<String, Long> writes = Written.on(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    writes.put(acme, "a", 1L);
    writes.put(acme, "b", 1L);
    writes.remove(acme, "b");
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay = writes.relay(owner, Written::write).inSessionOf(tenants::as).start()) {
      Await.until("it is written", () -> waiting(owner) == 0);
      assertThat(relay.metrics().failed()).isZero();
      assertThat(pending(owner)).isZero();
    }
    assertThat(Written.row(acme, "a")).contains(1L);
    assertThat(Written.row(acme, "b")).isEmpty();
    assertThat(Written.read(writes, acme, "a")).isEqualTo(1);
    assertThat(Written.read(writes, acme, "b")).isZero();
  }

  @Test
  void a_removed_value_is_absent_while_its_row_is_still_there(TenantDatabase tenants) {
    WriteBehind<String, Long> writes = Written.on(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    acme.sql().execute("insert into written (id, revision, version) values ('a', 1, 0)");
    assertThat(Written.read(writes, acme, "a")).isEqualTo(1);
    writes.remove(acme, "a");
    assertThat(Written.read(writes, acme, "a")).isZero();
    assertThat(Written.row(acme, "a")).contains(1L);
  }

  @Test
  void what_is_rolled_back_was_never_put(TestDatabase made, TenantDatabase tenants) {
    WriteBehind<String, Long> writes = Written.on(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    writes.put(acme, "a", 1L);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      writes.put(transaction, "a", 2L);
                      assertThat(Written.read(writes, transaction, "a")).isEqualTo(2);
                      assertThat(Written.read(writes, acme, "a")).isEqualTo(1);
                      throw new IllegalStateException("rolled back");
                    }))
        .hasMessage("rolled back");
    assertThat(Written.read(writes, acme, "a")).isEqualTo(1);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(waiting(owner)).isEqualTo(1);
    }
  }

  @Test
  void of_many_values_the_last_is_written_in_the_order_of_the_commits(
      TestDatabase made, TenantDatabase tenants) {
    WriteBehind<String, Long> writes = Written.on(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    for (long i = 1; i <= 50; i++) {
      writes.put(acme, "a", i);
    }
    List<Long> written = new CopyOnWriteArrayList<>();
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay =
            writes
                .relay(
                    owner,
                    (write, transaction) -> {
                      written.add(write.value().orElseThrow());
                      if (written.size() == 1) {
                        writes.put(acme, "a", 51L);
                      }
                      Written.write(write, transaction);
                    })
                .inSessionOf(tenants::as)
                .start()) {
      Await.until("all is written", () -> waiting(owner) == 0);
      assertThat(relay.metrics().failed()).isZero();
    }
    assertThat(written).containsExactly(50L, 51L);
    assertThat(Written.row(acme, "a")).contains(51L);
  }

  @Test
  void a_value_that_cannot_be_written_is_given_up_and_holds_back_no_other_key(
      TestDatabase made, TenantDatabase tenants) {
    WriteBehind<String, Long> writes = Written.on(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    writes.put(acme, "poison", 13L);
    writes.put(acme, "a", 1L);
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay =
            writes
                .relay(
                    owner,
                    (write, transaction) -> {
                      if (write.value().orElse(0L) == 13) {
                        throw new IllegalStateException("poison");
                      }
                      Written.write(write, transaction);
                    })
                .inSessionOf(tenants::as)
                .backoff(Duration.ofMillis(10), Duration.ofMillis(50))
                .deadLetterAfter(4)
                .start()) {
      Await.until("it is given up", () -> relay.metrics().deadLettered() == 1);
      Await.until("the other is written", () -> Written.row(acme, "a").isPresent());
      assertThat(Written.read(writes, acme, "poison")).isEqualTo(13);
      writes.put(acme, "poison", 14L);
      Await.until("the next is written", () -> waiting(owner) == 0);
      assertThat(Written.row(acme, "poison")).contains(14L);
      assertThat(Written.OUTBOX.replayAll(owner, "writer")).isEqualTo(1);
      Await.until("the replayed one is nothing new", () -> waiting(owner) == 0);
    }
    assertThat(Written.row(acme, "poison")).contains(14L);
  }

  @Test
  void a_long_identifier_is_one_like_any_other(TestDatabase made, TenantDatabase tenants) {
    WriteBehind<String, Long> writes = Written.on(nodes.node(url));
    TenantSession acme = tenants.as(TENANT);
    String identifier = "é:\"".repeat(150);
    writes.put(acme, identifier, 1L);
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay = writes.relay(owner, Written::write).inSessionOf(tenants::as).start()) {
      Await.until("it is written", () -> waiting(owner) == 0);
      assertThat(relay.metrics().failed()).isZero();
    }
    assertThat(Written.row(acme, identifier)).contains(1L);
  }

  @Test
  void values_of_all_tenants_and_a_shared_outbox_are_refused() {
    Cache cache = nodes.node(url);
    CachePolicy policy = CachePolicy.timeToLive(Duration.ofHours(1));
    Outbox two = Outbox.named("writes").consumers("writer", "mail").build();
    assertThatThrownBy(
            () ->
                cache.writeBehind(
                    "a", String.class, Long.class, policy.sharedByAllTenants(), Written.OUTBOX))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("shared");
    assertThatThrownBy(() -> cache.writeBehind("a", String.class, Long.class, policy, two))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("mail");
  }

  @Test
  void an_outbox_of_another_entity_or_of_the_invalidations_is_refused() {
    Outbox invalidations = Outbox.named("cache").consumers("cache").build();
    Cache cache = nodes.node(nodes.config(url).invalidatingThrough(invalidations));
    CachePolicy policy = CachePolicy.timeToLive(Duration.ofHours(1));
    assertThat(Written.on(cache)).isNotNull();
    Outbox same = Outbox.named("writes").consumers("writer").build();
    assertThatThrownBy(() -> cache.writeBehind("b", String.class, Long.class, policy, same))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("'b'")
        .hasMessageContaining("of written");
    assertThatThrownBy(
            () -> cache.writeBehind("c", String.class, Long.class, policy, invalidations))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("invalidations");
  }

  @Test
  void the_audit_knows_the_table_and_misses_its_policy(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(aboutWrites(owner, made)).isEmpty();
      owner.sql().execute("drop policy own on tenon.write_behind");
      assertThat(aboutWrites(owner, made)).isNotEmpty();
    }
  }

  private static List<String> aboutWrites(Database owner, TestDatabase made) {
    return TenancyAudit.of(owner).roles(made.application().user()).findings().stream()
        .filter(finding -> finding.object().contains("write_behind"))
        .map(finding -> finding.rule() + " " + finding.object())
        .toList();
  }

  private static long waiting(Database owner) {
    return Written.OUTBOX.backlog(owner, "writer").waiting();
  }

  private static long pending(Database owner) {
    return owner
        .sql()
        .fetchSingle("select count(*) as n from tenon.write_behind")
        .get("n", Long.class);
  }
}
