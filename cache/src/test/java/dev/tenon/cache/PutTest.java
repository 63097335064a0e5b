package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.Moment;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a transaction writes goes through to the cache. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class PutTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final String UPSERT =
      """
      insert into hosts (id, revision) values ('1', ?)
      on conflict (tenant_id, id) do update set revision = hosts.revision + 1
      returning revision
      """;

  private final Nodes nodes = new Nodes();
  private String url = "";
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    acme = tenants.as(ACME);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_written_value_is_found_without_a_load_by_every_process() {
    EntityCache<String, Host> here = hosts(url);
    EntityCache<String, Host> there = hosts(url);
    write(here);
    assertThat(there.get(acme, "1", PutTest::never).revision()).isEqualTo(1);
    write(here);
    assertThat(here.get(acme, "1", PutTest::never).revision()).isEqualTo(2);
    Await.until("the message arrived", () -> there.get(acme, "1", PutTest::never).revision() == 2);
  }

  @Test
  void nothing_of_a_transaction_is_found_before_its_commit_and_nothing_after_a_rollback() {
    EntityCache<String, Host> hosts = hosts(url);
    write(hosts);
    EntityCache<String, Host> other = hosts(url);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      hosts.put(transaction, "1", Host.named("web").at(99));
                      assertThat(revision(other)).isEqualTo(1);
                      throw new IllegalStateException("no");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(revision(hosts)).isEqualTo(1);
    assertThat(revision(hosts(url))).isEqualTo(1);
  }

  @Test
  void nobody_waits_for_a_writer() {
    EntityCache<String, Host> hosts = hosts(url);
    EntityCache<String, Host> other = hosts(url);
    acme.transaction(
        transaction -> {
          hosts.put(transaction, "1", Host.named("web"));
          long start = System.nanoTime();
          assertThat(other.get(acme, "1", id -> Host.named("old")).name()).isEqualTo("old");
          // The wait for another process that loads is a minute, and so is its lease.
          assertThat(Duration.ofNanos(System.nanoTime() - start))
              .isLessThan(Duration.ofSeconds(30));
        });
    Await.until(
        "the message arrived",
        () -> other.get(acme, "1", id -> Host.named("old")).name().equals("web"));
  }

  @Test
  void writers_at_the_same_time_leave_the_last_commit_or_nothing() throws Exception {
    List<EntityCache<String, Host>> caches = List.of(hosts(url), hosts(url), hosts(url));
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (EntityCache<String, Host> cache : caches) {
        writers.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    write(cache);
                    revision(cache);
                  }
                }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(revision(hosts(url))).isEqualTo(150);
    for (EntityCache<String, Host> cache : caches) {
      Await.until("all messages arrived", () -> revision(cache) == 150);
    }
  }

  @Test
  void a_write_while_redis_is_gone_is_an_invalidation_that_is_sent_later() {
    try (FaultProxy network = FaultProxy.to(Nodes.host(url), Nodes.port(url))) {
      Cache node = nodes.hastyNode(network.reroute(url));
      EntityCache<String, Host> here = node.entity("host", String.class, Host.class, MINUTE);
      EntityCache<String, Host> there = hosts(url);
      write(here);
      assertThat(revision(there)).isEqualTo(1);
      network.disable();
      write(here);
      assertThat(revision(here)).isEqualTo(2);
      network.enable();
      Await.until("it was sent", () -> revision(there) == 2);
    }
  }

  @Test
  void what_a_commit_of_unknown_outcome_has_written_is_not_kept(TestDatabase made) {
    EntityCache<String, Host> hosts = hosts(url);
    write(hosts);
    try (FaultProxy network = FaultProxy.to(made.server());
        Database far =
            Database.open(
                DatabaseConfig.url(network.reroute(made.url()))
                    .user(made.application().user())
                    .password(made.application().password())
                    .poolSize(2)
                    .build())) {
      network.on(Moment.statement("commit")).resetPeer();
      assertThatThrownBy(
              () ->
                  TenantDatabase.on(far)
                      .as(ACME)
                      .transaction(
                          transaction -> {
                            transaction.sql().fetch(UPSERT, 1);
                            hosts.put(transaction, "1", Host.named("web").at(99));
                          }))
          .isInstanceOf(OutcomeUnknownException.class);
    }
    assertThat(revision(hosts)).isEqualTo(1);
    assertThat(revision(hosts(url))).isEqualTo(1);
  }

  private void write(EntityCache<String, Host> cache) {
    acme.transaction(
        transaction -> {
          long revision = transaction.sql().fetchSingle(UPSERT, 1).get(0, Long.class);
          cache.put(transaction, "1", Host.named("web").at(revision));
        });
  }

  private long revision(EntityCache<String, Host> cache) {
    return cache
        .get(
            acme,
            "1",
            id ->
                Host.named("web")
                    .at(
                        acme.sql()
                            .fetchSingle("select revision from hosts where id = ?", id)
                            .get(0, Long.class)))
        .revision();
  }

  private static Host never(String id) {
    throw new AssertionError(id + " was loaded");
  }

  private EntityCache<String, Host> hosts(String redis) {
    return nodes.node(redis).entity("host", String.class, Host.class, MINUTE);
  }
}
