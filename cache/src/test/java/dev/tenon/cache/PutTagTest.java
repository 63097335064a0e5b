package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a transaction writes ends with its tags, as what is loaded does. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class PutTagTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId TENANT = TenantId.of(ACME);
  private static final CachePolicy HOUR = CachePolicy.timeToLive(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private RedisCommands<String, byte[]> redis;
  private EntityCache<String, Host> here;
  private EntityCache<String, Host> there;
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis server, TenantDatabase tenants) {
    String url = server.uri().toString();
    redis = nodes.redis(url);
    here = nodes.node(url).entity("host", String.class, Host.class, HOUR);
    there = nodes.node(url).entity("host", String.class, Host.class, HOUR);
    acme = tenants.as(ACME);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_written_value_is_found_and_ends_with_its_tag() {
    knowTag();
    put(2, "rack", "rack");
    assertThat(read(there, 9).source()).isEqualTo(CacheSource.REDIS);
    assertThat(read(there, 9).value()).map(Host::revision).contains(2L);
    there.invalidateTag(TENANT, "rack");
    assertThat(revision(there, 3)).isEqualTo(3);
    Await.until("the message arrived", () -> revision(here, 3) == 3);
  }

  @Test
  void an_invalidation_of_the_tag_that_runs_while_it_is_written_ends_it() {
    knowTag();
    acme.transaction(
        transaction -> {
          here.put(transaction, "1", Host.named("web").at(2), "rack");
          there.invalidateTag(TENANT, "rack");
        });
    assertThat(revision(there, 3)).isEqualTo(3);
    Await.until("the message arrived", () -> revision(here, 3) == 3);
  }

  @Test
  void a_value_without_tags_is_not_kept_where_others_have_them() {
    knowTag();
    put(2);
    assertThat(read(there, 3).source()).isEqualTo(CacheSource.LOADED);
    there.invalidateTag(TENANT, "rack");
    assertThat(revision(there, 4)).isEqualTo(4);
    Await.until("the message arrived", () -> revision(here, 4) == 4);
  }

  @Test
  void a_value_of_a_tag_that_redis_does_not_know_is_an_invalidation() {
    assertThat(revision(there, 1)).isEqualTo(1);
    put(2, "row");
    Await.until("the message arrived", () -> revision(there, 3) == 3);
    put(4, "row");
    Await.until("the message arrived", () -> revision(there, 9) == 4);
  }

  @Test
  void tags_that_are_none_are_refused_and_nothing_is_put() {
    String[] many = IntStream.range(0, 33).mapToObj(Integer::toString).toArray(String[]::new);
    assertThatThrownBy(() -> put(2, "")).isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> put(2, many))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("32");
  }

  private void knowTag() {
    here.invalidateTag(TENANT, "rack");
    Nodes.awaitNextMillisecond(redis);
    assertThat(revision(here, 1)).isEqualTo(1);
  }

  private void put(long revision, String... tags) {
    acme.transaction(
        transaction -> here.put(transaction, "1", Host.named("web").at(revision), tags));
  }

  private long revision(EntityCache<String, Host> hosts, long database) {
    return read(hosts, database).value().orElseThrow().revision();
  }

  private CacheResult<Host> read(EntityCache<String, Host> hosts, long database) {
    return hosts.lookup(
        acme,
        "1",
        (id, context) -> {
          context.tag("rack");
          return Optional.of(Host.named(id).at(database));
        });
  }
}
