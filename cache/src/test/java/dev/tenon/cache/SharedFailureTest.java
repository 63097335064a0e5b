package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who waits for a load that fails. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class SharedFailureTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId ACME = TenantId.of(TENANT);
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final Host WEB = Host.named("web-01");
  private static final int CALLERS = 32;

  private final Nodes nodes = new Nodes();
  private final AtomicInteger loads = new AtomicInteger();
  private final CountDownLatch begun = new CountDownLatch(1);
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

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_load_that_fails_fails_for_all_who_wait_for_it(boolean isTimed) throws Exception {
    EntityCache<String, Host> hosts = hosts(isTimed);
    List<Future<Host>> calls = start(() -> hosts.get(ACME, "1", this::failing));
    assertThat(failures(hosts, calls)).hasSize(1);
    assertThat(loads).hasValue(1);
    assertThat(hosts.statistics().loadFailures()).isEqualTo(1);
    assertThat(nodes.keys(nodes.redis(url))).as("the lease is given back").isEmpty();
    assertThat(hosts.get(ACME, "1", id -> WEB)).as("the next call loads").isEqualTo(WEB);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void so_does_a_load_of_many(boolean isTimed) throws Exception {
    EntityCache<String, Host> hosts = hosts(isTimed);
    List<Future<Map<String, Host>>> calls =
        start(() -> hosts.getAll(acme, List.of("1", "2"), this::failingAll));
    assertThat(failures(hosts, calls)).hasSize(1);
    assertThat(loads).hasValue(1);
    assertThat(nodes.keys(nodes.redis(url))).as("the leases are given back").isEmpty();
  }

  @Test
  void many_that_were_loaded_with_others_are_loaded_again_without_them() throws Exception {
    EntityCache<String, Host> hosts = hosts(false);
    BulkLoader<String, Host, IOException> loader = this::failingAll;
    Future<Map<String, Host>> first =
        threads.submit(() -> hosts.getAll(acme, List.of("bad", "1"), loader));
    assertThat(begun.await(9, TimeUnit.SECONDS)).isTrue();
    Future<Map<String, Host>> second =
        threads.submit(() -> hosts.getAll(acme, List.of("1"), loader));
    threads.awaitWaiting(1);
    go.countDown();
    assertThatThrownBy(first::get).hasCauseInstanceOf(IOException.class);
    assertThat(second.get(9, TimeUnit.SECONDS)).containsOnlyKeys("1");
  }

  @Test
  void who_asks_by_another_loader_asks_it() throws Exception {
    EntityCache<String, Host> hosts = hosts(false);
    Future<Host> first = threads.submit(() -> hosts.get(ACME, "1", this::failing));
    assertThat(begun.await(9, TimeUnit.SECONDS)).isTrue();
    Future<Host> second = threads.submit(() -> hosts.get(ACME, "1", id -> WEB));
    threads.awaitWaiting(1);
    go.countDown();
    assertThatThrownBy(first::get).hasCauseInstanceOf(IOException.class);
    assertThat(second.get(9, TimeUnit.SECONDS)).isEqualTo(WEB);
  }

  @Test
  void a_call_that_is_interrupted_fails_for_itself_alone() throws Exception {
    EntityCache<String, Host> hosts = hosts(false);
    CountDownLatch waits = new CountDownLatch(1);
    Loader<String, Host, InterruptedException> loader =
        id -> {
          if (loads.incrementAndGet() == 1) {
            begun.countDown();
            waits.await();
          }
          return WEB;
        };
    Future<Host> first = threads.submit(() -> hosts.get(ACME, "1", loader));
    assertThat(begun.await(9, TimeUnit.SECONDS)).isTrue();
    Future<Host> second = threads.submit(() -> hosts.get(ACME, "1", loader));
    threads.awaitWaiting(1);
    assertThat(first.cancel(true)).isTrue();
    assertThat(second.get(9, TimeUnit.SECONDS)).isEqualTo(WEB);
  }

  @Test
  void who_asks_behind_an_invalidation_does_not_fail_with_a_load_that_began_before()
      throws Exception {
    EntityCache<String, Host> hosts = hosts(false);
    Loader<String, Host, IOException> loader = id -> loads.get() == 0 ? failing(id) : WEB;
    Future<Host> before = threads.submit(() -> hosts.get(ACME, "1", loader));
    assertThat(begun.await(9, TimeUnit.SECONDS)).isTrue();
    hosts.invalidate(ACME, "1");
    Future<Host> behind = threads.submit(() -> hosts.get(ACME, "1", loader));
    assertThat(behind.get(9, TimeUnit.SECONDS)).as("it did not wait either").isEqualTo(WEB);
    go.countDown();
    assertThatThrownBy(before::get).hasCauseInstanceOf(IOException.class);
  }

  /** One call, then all others, once it loads. */
  private <T> List<Future<T>> start(Callable<T> call) throws InterruptedException {
    List<Future<T>> calls = new ArrayList<>();
    calls.add(threads.submit(call));
    assertThat(begun.await(9, TimeUnit.SECONDS)).isTrue();
    for (int i = 1; i < CALLERS; i++) {
      calls.add(threads.submit(call));
    }
    threads.awaitWaiting(CALLERS - 1);
    go.countDown();
    return calls;
  }

  private Set<Throwable> failures(EntityCache<String, Host> hosts, List<? extends Future<?>> calls)
      throws Exception {
    assertThat(hosts).isNotNull();
    Set<Throwable> failures = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Future<?> call : calls) {
      try {
        throw new AssertionError("an answer: " + call.get(30, TimeUnit.SECONDS));
      } catch (ExecutionException failed) {
        assertThat(failed.getCause()).isInstanceOf(IOException.class).hasMessage("disk");
        failures.add(failed.getCause());
      }
    }
    return failures;
  }

  private Host failing(String id) throws IOException {
    fail(id);
    return WEB;
  }

  private Map<String, Host> failingAll(List<String> ids, LoadContext context) throws IOException {
    assertThat(context).isNotNull();
    if (loads.get() == 0 || !ids.equals(List.of("1"))) {
      fail(ids.get(0));
    }
    return Map.of("1", WEB);
  }

  private void fail(String id) throws IOException {
    assertThat(id).isNotNull();
    loads.incrementAndGet();
    begun.countDown();
    try {
      assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    throw new IOException("disk");
  }

  private EntityCache<String, Host> hosts(boolean isTimed) {
    return nodes
        .node(url)
        .entity(
            "host",
            String.class,
            Host.class,
            isTimed ? MINUTE.withHardTimeout(Duration.ofMinutes(1)) : MINUTE);
  }
}
