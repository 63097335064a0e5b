package dev.tenon.guide;

import static dev.tenon.guide.Fleet.CORES;
import static dev.tenon.guide.Fleet.NAME;
import static dev.tenon.guide.Fleet.hosts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tenon.core.CursorKeys;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Page;
import dev.tenon.core.Projection;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@TenonTest(schema = FleetSchema.class)
class RepositoriesGuideTest {

  private final UUID acmeId = UuidV7.next();

  @Test
  void writes_and_reads_rows(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);

    Host host = new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1);
    hosts.insert(acme, host);
    Host bigger =
        hosts.update(acme, new Host(host.id(), "alpha", 8, Instant.EPOCH, host.version()));
    assertThat(bigger.version()).isEqualTo(2);

    StaleVersionException stale =
        catchThrowableOfType(StaleVersionException.class, () -> hosts.update(acme, host));
    assertThat(stale.expected()).isEqualTo(1);
    assertThat(stale.actual()).isEqualTo(2);
  }

  @Test
  void pages_and_streams(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    for (int i = 0; i < 5; i++) {
      hosts.insert(acme, new Host(UuidV7.next(), "host " + i, i, Instant.EPOCH, 1));
    }

    Page.Request request = Page.Request.of(2).where(CORES.gt(0)).orderBy(NAME.asc());
    Page<Host> first = hosts.page(acme, request);
    Page<Host> second = hosts.page(acme, request.after(first.next().orElseThrow()));
    Page<Host> back = hosts.page(acme, request.before(second.previous().orElseThrow()));

    assertThat(first.rows()).extracting(Host::name).containsExactly("host 1", "host 2");
    assertThat(second.rows()).extracting(Host::name).containsExactly("host 3", "host 4");
    assertThat(second.next()).isEmpty();
    assertThat(back).isEqualTo(first);

    int cores = hosts.stream(acme, CORES.gt(0), rows -> rows.mapToInt(Host::cores).sum());
    assertThat(cores).isEqualTo(10);
    List<Integer> descending =
        hosts.stream(
            acme, CORES.gt(2), List.of(CORES.desc()), rows -> rows.map(Host::cores).toList());
    assertThat(descending).containsExactly(4, 3);
  }

  @Test
  void reads_a_page_in_either_direction_and_a_projection_in_one_round_trip(
      TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(acmeId);
    for (int i = 0; i < 5; i++) {
      hosts.insert(acme, new Host(UuidV7.next(), "host " + i, i, Instant.EPOCH, 1));
    }
    Projection<Named, UUID> names = hosts.project(Named.class);
    Page.Request request = Page.Request.of(2).orderBy(NAME.asc());
    queries.clear();

    Page<Named> first = names.page(acme, request);
    Page<Named> second = names.page(acme, request.after(first.next().orElseThrow()));
    Page<Named> back = names.page(acme, request.before(second.previous().orElseThrow()));
    Page<Named> last = names.page(acme, request.fromEnd());

    assertThat(queries).hasSelects(4).hasRoundTrips(4);
    assertThat(back).isEqualTo(first);
    assertThat(last.rows()).extracting(Named::name).containsExactly("host 3", "host 4");
  }

  record Named(UUID id, String name) {}

  @Test
  void signs_cursors() {
    String jdbcUrl = "jdbc:postgresql://localhost/app";
    byte[] secret = new byte[32];
    byte[] former = new byte[32];

    DatabaseConfig config =
        DatabaseConfig.url(jdbcUrl).user("app").cursorKeys(CursorKeys.of(secret, former)).build();

    assertThat(config.cursorKeys()).hasToString("CursorKeys[2]");
  }
}
