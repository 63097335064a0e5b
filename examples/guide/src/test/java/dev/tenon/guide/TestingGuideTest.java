package dev.tenon.guide;

import static dev.tenon.guide.Fleet.hosts;
import static dev.tenon.testkit.PlanAssert.assertThatPlan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@TenonTest(schema = FleetSchema.class)
class TestingGuideTest {

  @Test
  void finds_what_it_wrote(TenantDatabase tenants, TestRedis redis) {
    Host host = new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1);
    UUID tenant = UuidV7.next();
    hosts.insert(tenants.as(tenant), host);
    assertThat(hosts.find(tenants.as(tenant), host.id())).contains(host);
    assertThat(redis.uri()).hasScheme("redis");
  }

  @Test
  void finds_a_host_in_one_query(TenantDatabase tenants, QueryLog queries) {
    hosts.find(tenants.as(UuidV7.next()), UuidV7.next());
    assertThat(queries).hasSelects(1).hasRoundTrips(1).hasNoRepeatedShape();
  }

  @Test
  void finds_a_host_by_its_name_through_an_index(TenantDatabase tenants) {
    TenantSession acme = tenants.as(UuidV7.next());
    assertThatPlan(acme, "select cores from hosts where name = ?", "alpha")
        .assuming("enable_seqscan", "off")
        .usesIndex("hosts_tenant_id_name_key")
        .hasNoSeqScanOn("hosts")
        .hasInitPlan();
  }

  @Test
  void works_without_junit() {
    try (TestDatabase made = TestDatabase.create(new FleetSchema().template());
        Database application = TestSchema.connect(made, made.application())) {
      TenantDatabase tenants = TenantDatabase.on(application);
      assertThat(hosts.find(tenants.as(UuidV7.next()), UuidV7.next())).isEmpty();
    }
  }
}
