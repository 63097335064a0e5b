package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.lifecycle.TenantRegistry;
import dev.tenon.testkit.servers.FaultProxy;
import java.util.List;
import java.util.function.Consumer;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OnlyActiveTenantsTest {

  private final Shop shop = new Shop();
  private final Database adminPool = shop.openAdmin();
  private final TenantRegistry registry = TenantRegistry.on(AdminDatabase.on(adminPool));
  private final Database application = shop.open(shop.made().application());
  private final TenantDatabase tenants = only(application);

  private static final List<Consumer<TenantSession>> WAYS =
      List.of(
          session -> session.sql().fetchCount(DSL.table("customers")),
          session -> session.sql().execute("insert into customers (id) values (gen_random_uuid())"),
          session ->
              session.transaction(
                  transaction ->
                      transaction
                          .sql()
                          .execute("insert into customers (id) values (gen_random_uuid())")),
          session -> session.jdbc(connection -> connection.prepareCall("select 1").execute()),
          session -> session.jdbc(connection -> connection.getMetaData().getCatalogs()),
          session ->
              session.transaction(
                  transaction ->
                      transaction.jdbc(connection -> connection.getMetaData().getCatalogs())));

  @BeforeEach
  void create() {
    registry.create(Fleet.ACME, "Acme");
  }

  @AfterEach
  void close() {
    application.close();
    adminPool.close();
    shop.close();
  }

  @Test
  void an_active_tenant_works_also_beyond_the_sixth_execution() {
    for (int i = 0; i < 20; i++) {
      WAYS.forEach(way -> way.accept(tenants.as(Fleet.ACME)));
    }
    assertThat(tenants.as(Fleet.ACME).sql().fetchCount(DSL.table("customers"))).isEqualTo(40);
  }

  @Test
  void an_unknown_tenant_is_refused_and_nothing_is_executed() {
    refuses(Fleet.BOLT, "tenant " + Fleet.BOLT + " is unknown");
  }

  @Test
  void a_suspended_tenant_is_refused_until_it_is_resumed() {
    TenantSession session = tenants.as(Fleet.ACME);
    registry.suspend(Fleet.ACME, "unpaid");
    refuses(Fleet.ACME, "tenant " + Fleet.ACME + " is suspended");
    registry.resume(Fleet.ACME);
    assertThat(session.sql().fetchCount(DSL.table("customers"))).isZero();
  }

  @Test
  void asking_the_registry_costs_no_round_trip() {
    try (FaultProxy network = FaultProxy.to(shop.made().server());
        Database far =
            Database.open(
                DatabaseConfig.url(network.reroute(shop.made().url()))
                    .user(shop.made().application().user())
                    .password(shop.made().application().password())
                    .poolSize(1)
                    .build())) {
      TenantSession acme = only(far).as(Fleet.ACME);
      WAYS.get(1).accept(acme);
      assertThat(network.roundTripsDuring(() -> WAYS.get(1).accept(acme))).isEqualTo(1);
    }
  }

  private void refuses(TenantId tenant, String reason) {
    for (int i = 0; i < 10; i++) {
      for (Consumer<TenantSession> way : WAYS) {
        assertThatThrownBy(() -> way.accept(tenants.as(tenant)))
            .isInstanceOf(AccessDeniedException.class)
            .hasMessageContaining(reason);
      }
    }
    assertThat(TenantDatabase.on(application).as(tenant).sql().fetchCount(DSL.table("customers")))
        .isZero();
  }

  private static TenantDatabase only(Database database) {
    return TenantDatabase.on(database, TenantDatabase.Options.defaults().withOnlyActiveTenants());
  }
}
