package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nobody finds a value and then an older one, whatever overtook the value on its way.
 *
 * <p>A row may be newer than what the last invalidation tells of: a writer commits, and invalidates
 * behind that. So a load that was overtaken may read more than the one that others get next.
 */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class OvertakenTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy LONG = CachePolicy.timeToLive(Duration.ofHours(1));
  private static final Host OLDER = Host.named("web").at(10);
  private static final Host BROKEN = Host.named("broken");
  private static final Host UNHEARD = Host.named("web").at(1);
  private static final Host NEWER = Host.named("web").at(11);

  private final Nodes nodes = new Nodes();
  private final Gate atReading = new Gate();
  private final Gate atDecoding = new Gate();
  private final Gate atBroken = new Gate();
  private volatile boolean isDecodingHeld;
  private TenantDatabase tenants;
  private EntityCache<String, Host> here;
  private EntityCache<String, Host> there;

  @BeforeEach
  void opens_two_processes(TestRedis redis, TenantDatabase database) {
    tenants = database;
    here = node(redis).entity("host", String.class, new Decoding(), LONG);
    there = node(redis).entity("host", String.class, Host.class, LONG);
  }

  private Cache node(TestRedis redis) {
    return nodes.node(redis.uri().toString());
  }

  @AfterEach
  void closes_what_it_opened() {
    atReading.open();
    atDecoding.open();
    atBroken.open();
    nodes.close();
  }

  @ParameterizedTest
  @EnumSource
  void a_load_that_lost_its_lease_gets_what_the_next_load_kept(Way way) throws Exception {
    CompletableFuture<Host> overtaken = inItsThread(() -> read(way, here, atReading.then(NEWER)));
    atReading.awaitArrival();
    there.invalidate(TENANT, "1");
    assertThat(read(way, there, () -> OLDER)).isEqualTo(OLDER);
    atReading.open();

    assertThat(overtaken.get(30, TimeUnit.SECONDS)).isEqualTo(read(way, here, () -> NEWER));
  }

  @ParameterizedTest
  @EnumSource
  void a_load_that_lost_its_lease_waits_for_the_one_that_has_it(Way way) throws Exception {
    Gate atKeeping = new Gate();
    CompletableFuture<Host> overtaken = inItsThread(() -> read(way, here, atReading.then(NEWER)));
    atReading.awaitArrival();
    there.invalidate(TENANT, "1");
    CompletableFuture<Host> next = inItsThread(() -> read(way, there, atKeeping.then(OLDER)));
    atKeeping.awaitArrival();
    atReading.open();
    Await.until("it was refused", () -> here.statistics().refusedFills() > 0);
    assertThat(overtaken).isNotDone();
    atKeeping.open();

    assertThat(next.get(30, TimeUnit.SECONDS)).isEqualTo(OLDER);
    assertThat(overtaken.get(30, TimeUnit.SECONDS)).isEqualTo(read(way, here, () -> NEWER));
  }

  @ParameterizedTest
  @EnumSource
  void a_load_that_lost_its_lease_to_nobody_gets_what_it_read(Way way) throws Exception {
    CompletableFuture<Host> overtaken = inItsThread(() -> read(way, here, atReading.then(OLDER)));
    atReading.awaitArrival();
    there.invalidate(TENANT, "1");
    atReading.open();

    assertThat(overtaken.get(30, TimeUnit.SECONDS)).isEqualTo(OLDER);
    assertThat(read(way, here, () -> NEWER)).isEqualTo(NEWER);
  }

  /** Memory has not heard of the second invalidation: it may hold what is older. */
  @ParameterizedTest
  @EnumSource
  void memory_forgets_what_another_load_left_there_while_one_was_overtaken(Way way, TestRedis redis)
      throws Exception {
    try (LossyBus network = LossyBus.before(redis, 0)) {
      EntityCache<String, Host> other = quiet(redis.uri().toString());
      EntityCache<String, Host> deaf = quiet(network.reroute(redis.uri().toString()));
      read(deaf, "2", () -> UNHEARD);
      CompletableFuture<Host> overtaken = inItsThread(() -> read(way, deaf, atReading.then(NEWER)));
      atReading.awaitArrival();
      other.invalidate(TENANT, "1");
      awaitThatHears(deaf, other);
      read(way, deaf, () -> OLDER);
      network.cut(true, false, true);
      other.invalidate(TENANT, "1");
      assertThat(read(way, deaf, () -> NEWER)).as("what memory holds").isEqualTo(OLDER);
      atReading.open();

      assertThat(overtaken.get(30, TimeUnit.SECONDS)).isEqualTo(NEWER);
      assertThat(read(way, deaf, () -> NEWER)).isEqualTo(NEWER);
    }
  }

  /** Its ticket is older than the reader's that is about to hold what is older than its value. */
  @ParameterizedTest
  @EnumSource
  void what_another_is_about_to_hold_is_refused_where_memory_refused_a_newer_value(
      Way way, TestRedis redis) throws Exception {
    try (LossyBus network = LossyBus.before(redis, 0)) {
      EntityCache<String, Host> other = quiet(redis.uri().toString());
      EntityCache<String, Host> deaf = quiet(network.reroute(redis.uri().toString()));
      read(deaf, "2", () -> UNHEARD);
      read(way, other, () -> BROKEN);
      CompletableFuture<Host> first = inItsThread(() -> read(way, deaf, () -> NEWER));
      atBroken.awaitArrival();
      other.invalidate(TENANT, "1");
      awaitThatHears(deaf, other);
      read(way, other, () -> OLDER);
      isDecodingHeld = true;
      CompletableFuture<Host> second = inItsThread(() -> read(way, deaf, () -> NEWER));
      atDecoding.awaitArrival();
      network.cut(true, false, true);
      other.invalidate(TENANT, "1");
      atBroken.open();
      assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(NEWER);
      atDecoding.open();
      second.get(30, TimeUnit.SECONDS);

      assertThat(read(way, deaf, () -> NEWER)).isEqualTo(NEWER);
    }
  }

  /** Messages come in order: who heard of the second key, which it held, has heard of the first. */
  private static void awaitThatHears(
      EntityCache<String, Host> reader, EntityCache<String, Host> writer) {
    writer.invalidate(TENANT, "2");
    Await.until("it was heard", () -> read(reader, "2", () -> NEWER).equals(NEWER));
  }

  /** A cache that neither announces anything while a test runs, nor notices a silence. */
  private EntityCache<String, Host> quiet(String url) {
    return nodes
        .node(nodes.config(url).heartbeat(Duration.ofMinutes(1)))
        .entity("host", String.class, new Decoding(), LONG);
  }

  @ParameterizedTest
  @EnumSource
  void a_value_that_memory_refuses_is_read_once_more(Way way) throws Exception {
    isDecodingHeld = true;
    read(way, there, () -> OLDER);
    read(here, "2", () -> UNHEARD);
    CompletableFuture<Host> overtaken = inItsThread(() -> read(way, here, () -> NEWER));
    atDecoding.awaitArrival();
    there.invalidate(TENANT, "1");
    read(way, there, () -> NEWER);
    awaitThatHears(here, there);
    Await.until(
        "memory holds it",
        () -> read(way, here, () -> NEWER).equals(NEWER) && here.statistics().localHits() > 0);
    atDecoding.open();

    assertThat(overtaken.get(30, TimeUnit.SECONDS)).isEqualTo(NEWER);
  }

  /** How a value is read. */
  enum Way {
    GET,
    GET_ALL
  }

  private Host read(Way way, EntityCache<String, Host> cache, Supplier<Host> loader) {
    if (way == Way.GET) {
      return read(cache, "1", loader);
    }
    return Objects.requireNonNull(
        cache
            .getAll(tenants.as(TENANT), List.of("1"), (ids, context) -> Map.of("1", loader.get()))
            .get("1"));
  }

  private static Host read(EntityCache<String, Host> cache, String id, Supplier<Host> loader) {
    return cache.get(TENANT, id, same -> loader.get());
  }

  private static <T> CompletableFuture<T> inItsThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, Await.THREAD);
  }

  /** Where one thread waits until it is let through. */
  private static final class Gate {

    private final CountDownLatch arrival = new CountDownLatch(1);
    private final CountDownLatch opening = new CountDownLatch(1);

    Supplier<Host> then(Host host) {
      return () -> {
        pass();
        return host;
      };
    }

    void pass() {
      arrival.countDown();
      await(opening);
    }

    void awaitArrival() {
      await(arrival);
    }

    void open() {
      opening.countDown();
    }

    private static void await(CountDownLatch latch) {
      try {
        assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }
  }

  /** Holds an older value back that it reads from Redis, and one that it then cannot read. */
  private final class Decoding implements Codec<Host> {

    private final Codec<Host> json = Codec.json(Host.class);

    @Override
    public byte[] encode(Host value) throws IOException {
      return json.encode(value);
    }

    @Override
    public Host decode(byte[] bytes) throws IOException {
      Host host = json.decode(bytes);
      if (isDecodingHeld && host.equals(OLDER)) {
        atDecoding.pass();
      }
      if (host.equals(BROKEN)) {
        atBroken.pass();
        throw new IOException("broken");
      }
      return host;
    }

    @Override
    public String shape() {
      return json.shape();
    }
  }
}
