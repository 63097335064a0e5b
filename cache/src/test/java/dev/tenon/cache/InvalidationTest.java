package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Session;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest(schema = HostsSchema.class)
class InvalidationTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy LONG =
      CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1));
  private static final Host WEB = Host.named("web-01");

  private final Nodes nodes = new Nodes();
  private String url = "";

  @BeforeEach
  void knows_its_redis_and_has_a_host(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    tenants.as(TENANT).sql().execute("insert into hosts (id, revision) values ('1', 1)");
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_commit_invalidates_every_process(TenantDatabase tenants) {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> here = hosts(LONG);
    EntityCache<String, Host> there = hosts(LONG);
    assertThat(find(here, acme).revision()).isEqualTo(1);
    assertThat(find(there, acme).revision()).isEqualTo(1);

    // tag::invalidate[]
    acme.transaction(
        transaction -> {
          change(transaction);
          here.invalidate(transaction, "1");
        });
    // end::invalidate[]

    assertThat(find(here, acme).revision()).isEqualTo(2);
    Await.until("the other process knows", () -> find(there, acme).revision() == 2);
  }

  @Test
  void a_rollback_invalidates_nothing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> hosts = hosts(LONG);
    find(hosts, acme);
    IOException thrown = new IOException("disk");

    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      change(transaction);
                      hosts.invalidate(transaction, "1");
                      throw thrown;
                    }))
        .isSameAs(thrown);

    find(hosts, acme);
    assertThat(hosts.statistics().loads()).isEqualTo(1);
    assertThat(nodes.keys(nodes.redis(url))).hasSize(1);
  }

  @Test
  void before_the_commit_others_still_get_the_old_value(TenantDatabase tenants) {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> hosts = hosts(LONG);
    find(hosts, acme);
    acme.transaction(
        transaction -> {
          change(transaction);
          hosts.invalidate(transaction, "1");
          assertThat(find(hosts, acme).revision()).isEqualTo(1);
        });
    assertThat(find(hosts, acme).revision()).isEqualTo(2);
  }

  @Test
  void a_transaction_reads_its_own_writes_and_hands_them_to_nobody(TenantDatabase tenants) {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> hosts = hosts(LONG);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      change(transaction);
                      assertThat(find(hosts, transaction).revision()).isEqualTo(2);
                      throw new IOException("rolled back");
                    }))
        .hasMessage("rolled back");
    assertThat(find(hosts, acme).revision()).isEqualTo(1);
  }

  @Test
  void a_load_that_an_invalidation_overtook_is_kept_by_nobody(TenantDatabase tenants)
      throws Exception {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> writer = hosts(LONG);
    EntityCache<String, Host> reader = hosts(LONG);
    CountDownLatch read = new CountDownLatch(1);
    CountDownLatch written = new CountDownLatch(1);
    CompletableFuture<Host> overtaken =
        CompletableFuture.supplyAsync(
            () ->
                reader.get(
                    acme,
                    "1",
                    id -> {
                      Host old = load(acme, id).orElseThrow();
                      read.countDown();
                      await(written);
                      return old;
                    }),
            Await.THREAD);
    await(read);
    change(acme);
    writer.invalidate(acme, "1");
    written.countDown();

    assertThat(overtaken.get(10, TimeUnit.SECONDS).revision()).isEqualTo(1);
    assertThat(find(reader, acme).revision()).isEqualTo(2);
    assertThat(find(writer, acme).revision()).isEqualTo(2);
    assertThat(reader.statistics().refusedFills()).isPositive();
  }

  @Test
  void a_read_after_an_invalidation_does_not_join_a_load_from_before_it(TenantDatabase tenants)
      throws Exception {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> hosts =
        nodes.node(url).entity("host", String.class, Host.class, LONG);
    CountDownLatch read = new CountDownLatch(1);
    CountDownLatch readAgain = new CountDownLatch(1);
    CompletableFuture<Host> slow =
        CompletableFuture.supplyAsync(
            () ->
                hosts.get(
                    acme,
                    "1",
                    id -> {
                      Host old = load(acme, id).orElseThrow();
                      read.countDown();
                      await(readAgain);
                      return old;
                    }),
            Await.THREAD);
    await(read);
    change(acme);
    hosts.invalidate(acme, "1");
    Host fresh =
        hosts.get(
            acme,
            "1",
            id -> {
              readAgain.countDown();
              return load(acme, id).orElseThrow();
            });
    assertThat(fresh.revision()).isEqualTo(2);
    assertThat(slow.get(20, TimeUnit.SECONDS).revision()).isEqualTo(2);
  }

  @Test
  void an_invalidation_reaches_processes_of_the_neighbouring_version(TenantDatabase tenants) {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> old = hosts(LONG);
    EntityCache<String, Host> next = hosts(LONG.withVersion(2));
    find(old, acme);
    find(next, acme);
    change(acme);
    next.invalidate(acme, "1");
    Await.until("the old version knows", () -> find(old, acme).revision() == 2);
    change(acme);
    old.invalidate(acme, "1");
    Await.until("the new version knows", () -> find(next, acme).revision() == 3);
  }

  @Test
  void a_message_that_cannot_be_read_clears_the_memory(TenantDatabase tenants) {
    TenantSession acme = tenants.as(TENANT);
    EntityCache<String, Host> hosts = hosts(LONG);
    find(hosts, acme);
    long before = hosts.statistics().remoteHits();
    nodes.redis(url).publish(nodes.service() + ":invalidations:2", new byte[] {'?'});
    Await.until(
        "redis is asked again",
        () -> {
          find(hosts, acme);
          return hosts.statistics().remoteHits() > before;
        });
  }

  private EntityCache<String, Host> hosts(CachePolicy policy) {
    return nodes.node(url).entity("host", String.class, Host.class, policy);
  }

  // tag::find[]
  private static Host find(EntityCache<String, Host> hosts, Session session) {
    return hosts.find(session, "1", id -> load(session, id)).orElseThrow();
  }

  // end::find[]

  private static Optional<Host> load(Session session, String id) {
    return session
        .sql()
        .fetchOptional("select revision from hosts where id = ?", id)
        .map(row -> WEB.at(row.get(0, Long.class)));
  }

  private static void change(Session session) {
    session.sql().execute("update hosts set revision = revision + 1 where id = '1'");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }
}
