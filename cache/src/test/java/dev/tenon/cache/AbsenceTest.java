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
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That there is no value is an answer to {@code find}, and none to {@code get}. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class AbsenceTest {

  private static final TenantId TENANT = TenantId.of(DyingWriter.TENANT);
  private static final Host WEB = Host.named("web");

  private final Nodes nodes = new Nodes();
  private EntityCache<String, Host> here;
  private EntityCache<String, Host> there;
  private TenantSession acme;

  @BeforeEach
  void knows_its_servers(TestRedis redis, TenantDatabase tenants) {
    CachePolicy policy =
        CachePolicy.timeToLive(Duration.ofHours(1)).withNegativeTtl(Duration.ofMinutes(10));
    String url = redis.uri().toString();
    here = nodes.node(url).entity("host", String.class, Host.class, policy);
    there = nodes.node(url).entity("host", String.class, Host.class, policy);
    acme = tenants.as(DyingWriter.TENANT);
    assertThat(here.find(TENANT, "1", id -> Optional.empty())).isEmpty();
  }

  private static Host tagged(String id, LoadContext context) {
    context.tag("rack");
    return WEB;
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_value_is_loaded_behind_an_absence_in_memory() {
    assertThat(here.get(acme, "1", id -> WEB)).isEqualTo(WEB);
    assertThat(here.get(TENANT, "1", id -> WEB)).isEqualTo(WEB);
    assertThat(here.get(acme, "1", AbsenceTest::tagged)).isEqualTo(WEB);
  }

  @Test
  void a_value_is_loaded_behind_an_absence_in_redis() {
    assertThat(there.get(acme, "1", id -> WEB)).isEqualTo(WEB);
    assertThat(there.find(acme, "1", id -> Optional.of(WEB))).as("still cached").isEmpty();
  }

  @Test
  void what_the_loader_throws_reaches_the_caller() {
    assertThatThrownBy(
            () ->
                there.get(
                    acme,
                    "1",
                    id -> {
                      throw new IllegalStateException("none");
                    }))
        .hasMessage("none");
  }

  @Test
  @SuppressWarnings("NullAway")
  void a_loader_that_returns_null_is_asked_once_and_keeps_no_absence() {
    long loads = here.statistics().loads() + here.statistics().loadFailures();
    Loader<String, Host, RuntimeException> none = id -> null;
    assertThatThrownBy(() -> here.get(acme, "2", none))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the loader returned null");
    assertThat(here.statistics().loads() + here.statistics().loadFailures()).isEqualTo(loads + 1);
    assertThat(here.find(acme, "2", id -> Optional.of(WEB))).contains(WEB);
  }
}
