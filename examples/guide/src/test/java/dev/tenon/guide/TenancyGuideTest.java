package dev.tenon.guide;

import static dev.tenon.guide.Fleet.HOSTS;
import static dev.tenon.guide.Fleet.hosts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.ServerException;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.audit.Finding;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@TenonTest(schema = FleetSchema.class)
class TenancyGuideTest {

  private final UUID acmeId = UuidV7.next();
  private final UUID boltId = UuidV7.next();

  @Test
  void fences_tenants(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    TenantSession bolt = tenants.as(boltId);
    Host host = new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1);
    hosts.insert(acme, host);

    assertThat(hosts.find(bolt, host.id())).isEmpty();
    assertThat(bolt.sql().fetchCount(HOSTS)).isZero();
    assertThat(bolt.sql().deleteFrom(HOSTS).execute()).isZero();
  }

  @Test
  void is_loud_without_a_tenant(Database database) {
    assertThatThrownBy(() -> database.sql().fetchCount(HOSTS))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("no tenant is bound to this unit of work");
  }

  @Test
  void migrates_as_the_owner_and_guards_the_role() {
    try (TestDatabase made = TestDatabase.create(DatabaseTemplate.empty());
        Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(TenancyMigrations.all(), Fleet.MIGRATIONS);
      assertThatThrownBy(() -> TenantDatabase.on(owner)).isInstanceOf(ServerException.class);
    }
  }

  @Test
  void audits_the_schema() {
    try (TestDatabase made = TestDatabase.create(DatabaseTemplate.empty());
        Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(TenancyMigrations.all(), Fleet.MIGRATIONS);

      TenancyAudit audit = TenancyAudit.of(owner).roles(made.application().user());
      List<Finding> findings = audit.findings();
      audit.requireClean();

      assertThat(findings).isEmpty();
    }
  }
}
