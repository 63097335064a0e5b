package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many keys at once. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class BulkReadTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));

  private final Nodes nodes = new Nodes();
  private final List<List<Integer>> loads = new CopyOnWriteArrayList<>();
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
  void asks_the_loader_once_for_what_neither_memory_nor_redis_has() {
    EntityCache<Integer, Host> rows = rows(url, MINUTE);
    rows(url, MINUTE).getAll(acme, List.of(1, 2), this::load);
    rows.get(acme, 3, id -> Host.named("3"));
    loads.clear();
    Map<Integer, Host> found = rows.getAll(acme, List.of(4, 3, 2, 1, -5, 4), this::load);
    assertThat(found.keySet()).containsExactly(4, 3, 2, 1);
    assertThat(found.get(2)).isEqualTo(Host.named("2"));
    assertThat(loads).containsExactly(List.of(4, -5));
    assertThat(rows.getAll(acme, List.of(1, 2, 3, 4), this::load)).hasSize(4);
    assertThat(loads).hasSize(1);
    assertThat(rows.statistics().localHits()).isEqualTo(5);
    assertThat(rows.statistics().remoteHits()).isEqualTo(2);
  }

  @Test
  void sends_all_keys_together() {
    try (FaultProxy network = FaultProxy.to(Nodes.host(url), Nodes.port(url))) {
      EntityCache<Integer, Host> rows = quiet(network.reroute(url));
      rows.getAll(acme, List.of(-1), this::load);
      List<Integer> hundred = IntStream.range(0, 100).boxed().toList();
      int cold = network.roundTripsDuring(() -> rows.getAll(acme, hundred, this::load));
      // One by one it would be 201; Redis answers while the rest is on its way.
      assertThat(cold).isLessThan(60);
      EntityCache<Integer, Host> warm = quiet(network.reroute(url));
      int hit = network.roundTripsDuring(() -> warm.getAll(acme, hundred, this::load));
      assertThat(hit).isLessThanOrEqualTo(3);
      assertThat(warm.statistics().remoteHits()).isEqualTo(100);
      assertThat(loads.stream().filter(ids -> ids.size() == 100)).hasSize(1);
    }
  }

  @Test
  void loads_what_another_process_loads_and_takes_no_lease_for_a_value() {
    EntityCache<Integer, Host> rows =
        nodes
            .node(nodes.config(url).loadWait(Duration.ofMillis(100)))
            .entity("row", Integer.class, Host.class, MINUTE);
    rows.getAll(acme, List.of(1), this::load);
    byte[] lease = new LeaseToken().ofLoader();
    String key = "{" + nodes.service() + ":row:" + ACME + ":2}:1";
    nodes.redis(url).set(key, lease, SetArgs.Builder.px(60_000));
    assertThat(rows.getAll(acme, List.of(2, 3), this::load)).hasSize(2);
    assertThat(nodes.redis(url).get(key)).isEqualTo(lease);
    assertThat(rows.statistics().codecFailures()).isZero();
  }

  @Test
  void remembers_what_does_not_exist_where_the_policy_gives_that_a_time() {
    EntityCache<Integer, Host> rows = rows(url, MINUTE.withNegativeTtl(Duration.ofSeconds(30)));
    assertThat(rows.getAll(acme, List.of(-1, -2), this::load)).isEmpty();
    assertThat(rows.getAll(acme, List.of(-1, -2), this::load)).isEmpty();
    assertThat(loads).hasSize(1);
  }

  @Test
  void keeps_nothing_that_an_invalidation_overtook() {
    EntityCache<Integer, Host> rows = rows(url, MINUTE);
    rows.getAll(
        acme,
        List.of(1, 2),
        (ids, context) -> {
          rows.invalidate(TenantId.of(ACME), 1);
          return load(ids, context);
        });
    assertThat(rows.get(acme, 1, id -> Host.named("new"))).isEqualTo(Host.named("new"));
    assertThat(rows.get(acme, 2, id -> Host.named("new"))).isEqualTo(Host.named("2"));
    // Its own message may come back while the new one is read, and refuse that in memory too.
    assertThat(rows.statistics().refusedFills()).isPositive();
  }

  @Test
  void what_the_loader_throws_reaches_the_caller_and_gives_every_lease_back() {
    EntityCache<Integer, Host> rows = rows(url, MINUTE);
    assertThatThrownBy(
            () ->
                rows.<IOException>getAll(
                    acme,
                    List.of(1, 2),
                    (ids, context) -> {
                      throw new IOException("disk");
                    }))
        .isInstanceOf(IOException.class);
    assertThat(nodes.keys(nodes.redis(url))).isEmpty();
  }

  @Test
  void many_that_come_too_late_are_a_retryable_error_and_kept_when_they_come() {
    EntityCache<Integer, Host> rows = rows(url, MINUTE.withHardTimeout(Duration.ofMillis(50)));
    CountDownLatch slow = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                rows.<InterruptedException>getAll(
                    acme,
                    List.of(1, 2),
                    (ids, context) -> {
                      assertThat(slow.await(9, TimeUnit.SECONDS)).isTrue();
                      return load(ids, context);
                    }))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("PT0.05S");
    slow.countDown();
    Await.until("the load has ended", () -> nodes.keys(nodes.redis(url)).size() == 2);
    Await.until("they are kept", () -> rows.getAll(acme, List.of(1, 2), this::none).size() == 2);
    assertThat(rows.statistics().timeouts()).isEqualTo(1);
  }

  @Test
  void waits_for_what_another_thread_or_process_loads() throws Exception {
    EntityCache<Integer, Host> rows = rows(url, MINUTE);
    EntityCache<Integer, Host> others = rows(url, MINUTE);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch slow = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      Future<Host> first =
          threads.submit(
              () ->
                  rows.get(
                      acme,
                      1,
                      (id, context) -> {
                        begun.countDown();
                        assertThat(slow.await(9, TimeUnit.SECONDS)).isTrue();
                        return Host.named("first");
                      }));
      assertThat(begun.await(9, TimeUnit.SECONDS)).isTrue();
      Future<Map<Integer, Host>> joined =
          threads.submit(() -> rows.getAll(acme, List.of(1, 2), this::load));
      Future<Map<Integer, Host>> remote =
          threads.submit(() -> others.getAll(acme, List.of(1, 3), this::load));
      Await.until("the rest is loaded", () -> loads.size() == 2);
      slow.countDown();
      assertThat(first.get()).isEqualTo(Host.named("first"));
      assertThat(joined.get()).containsEntry(1, Host.named("first")).hasSize(2);
      assertThat(remote.get()).containsEntry(1, Host.named("first")).hasSize(2);
      assertThat(loads).containsExactlyInAnyOrder(List.of(2), List.of(3));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void an_identifier_that_is_null_is_refused_before_anything_is_read() {
    EntityCache<Integer, Host> rows = rows(url, MINUTE);
    assertThatThrownBy(() -> rows.getAll(acme, Arrays.asList(1, null), this::load))
        .isInstanceOf(InvalidDataException.class);
    assertThat(loads).isEmpty();
  }

  @Test
  void reads_what_memory_has_and_loads_the_rest_while_redis_is_gone() {
    try (FaultProxy network = FaultProxy.to(Nodes.host(url), Nodes.port(url))) {
      EntityCache<Integer, Host> rows = rows(network.reroute(url), MINUTE);
      network.disable();
      assertThat(rows.getAll(acme, List.of(1, 2), this::load)).hasSize(2);
    }
  }

  private Map<Integer, Host> none(List<Integer> ids, LoadContext context) {
    assertThat(context.doNotCache()).isNotNull();
    return Map.of();
  }

  private Map<Integer, Host> load(List<Integer> ids, LoadContext context) {
    assertThat(context).isNotNull();
    loads.add(ids);
    return ids.stream()
        .filter(id -> id >= 0)
        .collect(
            Collectors.toMap(
                id -> id, id -> Host.named(id.toString()), (one, two) -> one, TreeMap::new));
  }

  /** Of a node that speaks only when it is asked. */
  private EntityCache<Integer, Host> quiet(String redis) {
    return nodes
        .node(nodes.config(redis).heartbeat(Duration.ofMinutes(1)))
        .entity("row", Integer.class, Host.class, MINUTE);
  }

  private EntityCache<Integer, Host> rows(String redis, CachePolicy policy) {
    return nodes.node(redis).entity("row", Integer.class, Host.class, policy);
  }
}
