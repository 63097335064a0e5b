package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.TenantDatabase;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports share a tenant; a restore and an erasure want it for themselves. */
class LifecycleConflictTest {

  private final TwoTenants tenants = new TwoTenants();
  private final TenantId acme = tenants.acme;
  @TempDir private Path directory;

  @BeforeEach
  void export() {
    tenants.fill(2, "x");
    tenants.archive.export(acme, directory.resolve("before"));
  }

  @AfterEach
  void close() {
    tenants.close();
  }

  @Test
  void nothing_else_runs_while_a_tenant_is_restored() {
    whileHeld(
        false,
        () -> {
          isBusy(() -> tenants.archive.restore(directory.resolve("before")));
          isBusy(() -> tenants.archive.export(acme, directory.resolve("now")));
          isBusy(() -> tenants.erasure.erase(acme));
          assertThat(tenants.registry.find(acme).orElseThrow().state())
              .isEqualTo(Tenant.State.ACTIVE);
          tenants.archive.export(tenants.bolt, directory.resolve("other"));
        });
    tenants.erasure.erase(acme);
  }

  @Test
  void two_exports_share_a_tenant_that_nobody_restores_or_erases_meanwhile() {
    whileHeld(
        true,
        () -> {
          tenants.archive.export(acme, directory.resolve("now"));
          isBusy(() -> tenants.archive.restore(directory.resolve("before")));
          isBusy(() -> tenants.erasure.erase(acme));
        });
  }

  @Test
  void a_tenant_whose_erasure_has_begun_is_neither_exported_nor_restored() {
    assertThatThrownBy(
            () ->
                tenants
                    .erasure
                    .also(
                        "cut",
                        tenant -> {
                          throw new IllegalStateException("cut");
                        })
                    .erase(acme))
        .hasMessage("cut");
    isRefused("is ERASING");
    tenants.erasure.erase(acme);
    isRefused("is ERASED");
    assertThat(tenants.session(acme).sql().fetchCount(DSL.table("notes"))).isZero();
  }

  @Test
  void two_erasures_of_a_tenant_both_end_well() {
    TenantErasure.Report late =
        tenants.erasure.also("again", tenant -> tenants.erasure.erase(tenant)).erase(acme);
    assertThat(late.deleted()).isEqualTo(4);
    assertThat(tenants.registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ERASED);
  }

  @Test
  void an_erased_tenant_is_refused_for_ever_where_the_registry_is_asked() {
    tenants.erasure.erase(acme);
    assertThatThrownBy(() -> tenants.registry.create(acme, "Acme"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is ERASED");
    try (Database application = tenants.shop.open(tenants.shop.made().application())) {
      TenantDatabase asking =
          TenantDatabase.on(application, TenantDatabase.Options.defaults().withOnlyActiveTenants());
      assertThatThrownBy(
              () ->
                  asking
                      .as(acme)
                      .sql()
                      .execute("insert into customers (id) values (gen_random_uuid())"))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("is erased")
          .hasMessageContaining("no way back: create another tenant")
          .hasMessageNotContaining("resume");
    }
  }

  private void isRefused(String state) {
    for (ThrowingCallable asked :
        List.<ThrowingCallable>of(
            () -> tenants.archive.restore(directory.resolve("before")),
            () -> tenants.archive.export(acme, directory.resolve("now")))) {
      assertThatThrownBy(asked)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("tenant " + acme + " " + state)
          .hasMessageContaining("no way back");
    }
  }

  private void isBusy(ThrowingCallable asked) {
    assertThatThrownBy(asked)
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("tenant " + acme + " is being exported, restored or erased")
        .hasMessageContaining("run it again when that has ended");
  }

  /** As by a process that works on the tenant, on a connection of its own. */
  private void whileHeld(boolean shared, Runnable meanwhile) {
    try (Database second = tenants.shop.openAdmin()) {
      AdminDatabase.on(second)
          .admin("test")
          .acrossTenants(
              transaction -> {
                if (shared) {
                  TenantLock.share(transaction, acme, "test");
                } else {
                  TenantLock.take(transaction, acme, "test");
                }
                meanwhile.run();
              });
    }
  }
}
