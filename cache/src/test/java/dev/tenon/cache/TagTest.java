package dev.tenon.cache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A group of values ends together. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class TagTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final UUID OTHER = UUID.fromString("0191f6c0-0000-7000-8000-00000000000b");
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final String ODD = "a:b}#|~ \u00e9\uD83D\uDE00";

  private final Nodes nodes = new Nodes();
  private final AtomicInteger revision = new AtomicInteger(1);
  private String url = "";
  private TenantSession acme;
  private TenantSession other;

  @BeforeEach
  void knows_its_servers(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    acme = tenants.as(ACME);
    other = tenants.as(OTHER);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void all_values_of_a_tag_end_in_every_process_and_no_others() {
    EntityCache<String, Host> here = hosts();
    EntityCache<String, Host> there = hosts();
    for (String id : List.of("1", "2", "3")) {
      String tag = id.equals("3") ? "rack-2" : ODD;
      assertThat(read(here, acme, id, tag)).isEqualTo(1);
      assertThat(read(there, acme, id, tag)).isEqualTo(1);
      assertThat(read(here, other, id, tag)).isEqualTo(1);
    }
    here.invalidateTag(TenantId.of(ACME), ODD);
    revision.set(2);
    assertThat(read(here, acme, "1", ODD)).isEqualTo(2);
    Await.until("the message arrived", () -> read(there, acme, "2", ODD) == 2);
    assertThat(read(there, acme, "1", ODD)).isEqualTo(2);
    assertThat(read(there, acme, "3", "rack-2")).isEqualTo(1);
    assertThat(read(here, other, "1", ODD)).isEqualTo(1);
  }

  @Test
  void a_load_that_an_invalidation_of_its_tag_overtakes_is_not_believed() throws Exception {
    EntityCache<String, Host> here = hosts();
    EntityCache<String, Host> there = hosts();
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Host> slow =
          thread.submit(
              () ->
                  here.get(
                      acme,
                      "1",
                      (id, context) -> {
                        reading.countDown();
                        go.await();
                        context.tag("rack");
                        return Host.named("web");
                      }));
      reading.await();
      there.invalidateTag(TenantId.of(ACME), "rack");
      go.countDown();
      assertThat(slow.get().revision()).isEqualTo(1);
    } finally {
      thread.shutdownNow();
    }
    revision.set(2);
    assertThat(read(there, acme, "1", "rack")).isEqualTo(2);
    Await.until("no process holds it", () -> read(here, acme, "1", "rack") == 2);
  }

  @Test
  void an_invalidation_follows_the_commit_and_a_rollback_has_none() {
    EntityCache<String, Host> hosts = hosts();
    read(hosts, acme, "1", "rack");
    revision.set(2);
    acme.transaction(
        transaction -> {
          hosts.invalidateTag(transaction, "rack");
          assertThat(read(hosts, acme, "1", "rack")).isEqualTo(1);
        });
    assertThat(read(hosts, acme, "1", "rack")).isEqualTo(2);
  }

  @Test
  void a_tag_is_asked_for_once_and_then_known() {
    try (FaultProxy network = FaultProxy.to(Nodes.host(url), Nodes.port(url))) {
      read(hosts(), acme, "0", "rack");
      EntityCache<String, Host> writer = hosts();
      List.of("1", "2", "3").forEach(id -> read(writer, acme, id, "rack"));
      EntityCache<String, Host> reader =
          nodes
              .node(nodes.config(network.reroute(url)).heartbeat(Duration.ofMinutes(1)))
              .entity("host", String.class, Host.class, MINUTE);
      read(reader, acme, "1", "rack");
      int trips = network.roundTripsDuring(() -> read(reader, acme, "2", "rack"));
      assertThat(trips).isLessThanOrEqualTo(2);
      assertThat(reader.statistics().remoteHits()).isEqualTo(2);
    }
  }

  @Test
  void a_tag_whose_time_redis_lost_ends_its_values() {
    EntityCache<String, Host> writer = hosts();
    read(writer, acme, "1", "rack");
    writer.invalidateTag(TenantId.of(ACME), "rack");
    revision.set(2);
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    // As an eviction for want of memory does, or the end of a tenant that is swept key by key.
    redis.del("{" + nodes.service() + ":host:" + ACME + ":#rack}:tag");
    assertThat(read(hosts(), acme, "1", "rack")).isEqualTo(2);
    assertThat(nodes.keys(redis)).allMatch(key -> redis.pttl(key) > 0);
  }

  @Test
  void the_first_value_of_a_tag_is_loaded_by_other_processes_too_and_the_next_is_not() {
    EntityCache<String, Host> here = hosts();
    read(here, acme, "0", "rack");
    EntityCache<String, Host> other = hosts();
    read(other, acme, "0", "rack");
    assertThat(other.statistics().loads()).isEqualTo(1);
    EntityCache<String, Host> third = hosts();
    read(third, acme, "0", "rack");
    assertThat(third.statistics().remoteHits()).isEqualTo(1);
    read(here, acme, "1", "rack");
    read(third, acme, "1", "rack");
    assertThat(third.statistics().remoteHits()).isEqualTo(2);
  }

  @Test
  void the_first_tag_of_a_process_is_found_by_other_processes_too() {
    read(hosts(), acme, "2", "rack");
    EntityCache<String, Host> here = hosts();
    // From here on a read is a plain command, which does not tell Redis' time.
    Host unused = here.get(acme, "0", id -> Host.named(id));
    read(here, acme, "1", "rack");
    EntityCache<String, Host> other = hosts();
    read(other, acme, "1", "rack");
    assertThat(other.statistics().remoteHits()).isEqualTo(1);
  }

  @Test
  void the_time_of_a_tag_does_not_end_before_its_values() {
    CachePolicy brief = CachePolicy.timeToLive(Duration.ofMillis(600)).withJitter(0);
    read(hosts(brief), acme, "first", "rack");
    EntityCache<String, Host> writer = hosts(brief);
    EntityCache<String, Host> other = hosts(brief);
    long deadline = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    int late = 0;
    for (int number = 0; System.nanoTime() < deadline; number++) {
      String id = Integer.toString(number);
      long begun = System.nanoTime();
      read(writer, acme, id, "rack");
      read(other, acme, id, "rack");
      // Where the machine let it wait, the value may have ended by itself.
      late += System.nanoTime() - begun > brief.ttl().toNanos() / 2 ? 1 : 0;
    }
    System.out.printf(
        "%d values of a tag that lives on, %d of them loaded again, %d asked for late%n",
        writer.statistics().loads(), other.statistics().loads(), late);
    assertThat(other.statistics().loads()).as("loaded again").isLessThanOrEqualTo(late);
    assertThat(late).isLessThan((int) writer.statistics().loads());
  }

  @Test
  void a_clock_that_goes_back_does_not_bring_the_values_of_a_tag_back() {
    EntityCache<String, Host> writer = hosts();
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    String tag = "{" + nodes.service() + ":host:" + ACME + ":#rack}:tag";
    long ahead = System.currentTimeMillis() + 20_000;
    read(writer, acme, "1", "rack");
    redis.set(tag, Long.toString(ahead).getBytes(US_ASCII), SetArgs.Builder.px(60_000));
    writer.invalidateTag(TenantId.of(ACME), "rack");
    assertThat(new String(redis.get(tag), US_ASCII)).isEqualTo(Long.toString(ahead));
  }

  @Test
  void many_values_at_once_are_kept_again_after_their_tag_ended() {
    List<String> ids = List.of("1", "2", "3");
    EntityCache<String, Host> here = hosts();
    here.getAll(acme, ids, this::loadAll);
    here.invalidateTag(TenantId.of(ACME), "rack");
    Nodes.awaitNextMillisecond(nodes.redis(url));
    revision.set(2);
    assertThat(here.getAll(acme, ids, this::loadAll).values())
        .allMatch(host -> host.revision() == 2);
    EntityCache<String, Host> there = hosts();
    assertThat(there.getAll(acme, ids, this::loadAll).values())
        .allMatch(host -> host.revision() == 2);
    assertThat(there.statistics().remoteHits()).isEqualTo(3);
    assertThat(there.statistics().loads()).isZero();
  }

  @Test
  void a_message_that_cannot_be_read_may_be_about_a_tag() {
    EntityCache<String, Host> here = hosts();
    read(here, acme, "1", "rack");
    EntityCache<String, Host> there = hosts();
    read(there, acme, "1", "rack");
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    redis.set(
        "{" + nodes.service() + ":host:" + ACME + ":#rack}:tag",
        Long.toString(System.currentTimeMillis() + 1).getBytes(US_ASCII),
        SetArgs.Builder.px(60_000));
    redis.publish(nodes.service() + ":invalidations:2", "?".getBytes(US_ASCII));
    revision.set(2);
    Await.until("the message was heard", () -> read(there, acme, "1", "rack") == 2);
  }

  @Test
  void the_key_of_a_tag_expires_with_the_longest_of_its_values() {
    EntityCache<String, Host> hosts = hosts();
    hosts.invalidateTag(acme, "rack");
    RedisCommands<String, byte[]> redis = nodes.redis(url);
    assertThat(nodes.keys(redis))
        .hasSize(1)
        .allMatch(key -> redis.pttl(key) > 0 && redis.pttl(key) <= 90_000);
  }

  private Map<String, Host> loadAll(List<String> ids, LoadContext context) {
    context.tag("rack");
    Map<String, Host> all = new HashMap<>();
    ids.forEach(id -> all.put(id, Host.named(id).at(revision.get())));
    return all;
  }

  private long read(EntityCache<String, Host> hosts, TenantSession session, String id, String tag) {
    return hosts
        .get(
            session,
            id,
            (key, context) -> {
              context.tag(tag);
              return Host.named(key).at(revision.get());
            })
        .revision();
  }

  private EntityCache<String, Host> hosts() {
    return hosts(MINUTE);
  }

  private EntityCache<String, Host> hosts(CachePolicy policy) {
    return nodes.node(url).entity("host", String.class, Host.class, policy);
  }
}
