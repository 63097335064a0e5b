package dev.tenon.guide;

import static dev.tenon.guide.Fleet.HOSTS;
import static dev.tenon.guide.Fleet.hosts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantLimits;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.context.ThreadTenantContext;
import dev.tenon.tenancy.lifecycle.TenantArchive;
import dev.tenon.tenancy.lifecycle.TenantErasure;
import dev.tenon.tenancy.lifecycle.TenantRegistry;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@TenonTest(schema = FleetSchema.class)
class TenantsGuideTest {

  private final TenantId acmeId = TenantId.of(UuidV7.next());

  @Test
  void lives_and_ends(
      TestDatabase made, TestRedis redis, Database database, @TempDir Path directory) {
    try (Database adminPool = TestSchema.connect(made, admin(made));
        Cache cache = Cache.open(CacheConfig.service("fleet", redis.uri().toString()).build())) {
      AdminDatabase admin = AdminDatabase.on(adminPool);
      TenantRegistry registry = TenantRegistry.on(admin);
      registry.create(acmeId, "Acme");

      TenantDatabase tenants =
          TenantDatabase.on(database, TenantDatabase.Options.defaults().withOnlyActiveTenants());
      TenantSession acme = tenants.as(acmeId);
      hosts.insert(acme, new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1));

      int all =
          admin
              .admin("ticket-4711: how many hosts are there")
              .acrossTenantsResult(
                  Transaction.Options.defaults(),
                  transaction -> transaction.sql().fetchCount(HOSTS));
      assertThat(all).isOne();

      registry.suspend(acmeId, "unpaid");
      assertThatThrownBy(() -> acme.sql().fetchCount(HOSTS))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("is suspended");
      registry.resume(acmeId);

      TenantArchive.on(admin).export(acmeId, directory);
      TenantErasure.Report report =
          TenantErasure.on(admin).also("cache", cache::forget).erase(acmeId);

      assertThat(report.deleted()).isOne();
      assertThat(report.tables()).allSatisfy(table -> assertThat(table.remaining()).isZero());
      assertThat(report.outside()).containsExactly("cache");
    }
  }

  @Test
  void limits_each_tenant(Database database) {
    TenantLimits limits =
        TenantLimits.concurrent(3)
            .waiting(Duration.ofMillis(200))
            .perSecond(500)
            .statementTimeout(Duration.ofSeconds(5));
    TenantDatabase tenants =
        TenantDatabase.on(database, TenantDatabase.Options.defaults().withLimits(limits));

    assertThat(tenants.as(acmeId).sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void binds_a_tenant_to_a_thread(TenantDatabase tenants) {
    Executor executor = Runnable::run;

    ThreadTenantContext context = ThreadTenantContext.create();
    Executor capturing = context.capturing(executor);
    context.run(
        acmeId,
        () -> {
          assertThat(tenants.current(context).tenantId()).isEqualTo(acmeId);
          capturing.execute(() -> assertThat(context.require()).isEqualTo(acmeId));
        });
  }

  static Credentials admin(TestDatabase made) {
    Credentials admin = made.createRole("admin", "BYPASSRLS");
    try (Database owner = TestSchema.connect(made, made.owner())) {
      for (String schema : List.of("public", "tenon")) {
        owner
            .sql()
            .execute("grant usage on schema {0} to {1}", DSL.name(schema), DSL.name(admin.user()));
        owner
            .sql()
            .execute(
                "grant select, insert, update, delete on all tables in schema {0} to {1}",
                DSL.name(schema), DSL.name(admin.user()));
      }
    }
    return admin;
  }
}
