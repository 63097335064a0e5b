package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loaders that ask the cache. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class RecursionTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final TenantId ACME = TenantId.of(TENANT);
  private static final CachePolicy MINUTE = CachePolicy.timeToLive(Duration.ofMinutes(1));

  private final Nodes nodes = new Nodes();
  private String url = "";
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    acme = tenants.as(TENANT);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_loader_that_asks_for_what_it_loads_is_told_so(boolean isTimed) {
    EntityCache<String, Host> hosts = hosts(isTimed);
    assertThatThrownBy(() -> itself(hosts, "web-01"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("web-01");
    assertThatThrownBy(() -> many(hosts))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("web-01");
    assertThat(hosts.get(ACME, "web-01", Host::named)).isEqualTo(Host.named("web-01"));
  }

  @Test
  void loaders_that_ask_for_what_each_other_loads_are_told_so() {
    EntityCache<String, Host> hosts = hosts(false);
    assertThatThrownBy(() -> eachOther(hosts, "web-01", "web-02"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("web-01");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_loader_may_ask_for_what_others_load(boolean isTimed) {
    EntityCache<String, Host> hosts = hosts(isTimed);
    assertThat(hosts.get(ACME, "web-01", id -> hosts.get(ACME, "web-02", Host::named)))
        .isEqualTo(Host.named("web-02"));
    assertThat(
            hosts.getAll(
                acme,
                List.of("web-02", "web-03"),
                (ids, context) -> Map.of("web-03", hosts.get(ACME, "web-01", Host::named))))
        .containsEntry("web-03", Host.named("web-02"));
  }

  private static Host itself(EntityCache<String, Host> hosts, String name) {
    return hosts.get(ACME, name, id -> itself(hosts, id));
  }

  private static Host eachOther(EntityCache<String, Host> hosts, String one, String two) {
    return hosts.get(ACME, one, id -> eachOther(hosts, two, one));
  }

  private Map<String, Host> many(EntityCache<String, Host> hosts) {
    return hosts.getAll(
        acme,
        List.of("web-01", "web-02"),
        (ids, context) ->
            Map.of(
                "web-01",
                hosts.get(ACME, "web-01", id -> many(hosts).getOrDefault(id, Host.named(id)))));
  }

  private EntityCache<String, Host> hosts(boolean isTimed) {
    return nodes
        // Who asks by way of other threads waits for as long, and then goes around it.
        .node(nodes.config(url).loadWait(Duration.ofSeconds(1)))
        .entity(
            "host",
            String.class,
            Host.class,
            isTimed ? MINUTE.withHardTimeout(Duration.ofMinutes(1)) : MINUTE);
  }
}
