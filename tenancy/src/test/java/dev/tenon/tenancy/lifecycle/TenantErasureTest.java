package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.Shop;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TenantErasureTest {

  private final Shop shop = new Shop();
  private final Database pool = shop.openAdmin();
  private final AdminDatabase admin = AdminDatabase.on(pool);
  private final TenantErasure erasure = TenantErasure.on(admin);
  private final TenantId acme = TenantId.of(UuidV7.next());
  private final TenantId bolt = TenantId.of(UuidV7.next());
  private final Database application = shop.open(shop.made().application());

  @BeforeEach
  void fill() {
    TenantRegistry registry = TenantRegistry.on(admin);
    registry.create(acme, "Acme");
    registry.create(bolt, "Bolt");
    for (TenantId tenant : List.of(acme, bolt)) {
      session(tenant)
          .sql()
          .execute(
              """
              with c as (
                insert into customers (id) select gen_random_uuid() from generate_series(1, 3)
                returning id)
              insert into notes (id, customer_id, body) select gen_random_uuid(), id, 'x' from c
              """);
    }
  }

  @AfterEach
  void close() {
    application.close();
    pool.close();
    shop.close();
  }

  @Test
  void leaves_no_row_of_the_tenant_and_every_row_of_the_others() {
    TenantErasure.Report report = erasure.erase(acme);
    assertThat(report.tables())
        .containsExactlyInAnyOrder(
            new TenantErasure.Report.Erased("public.customers", 3, 0),
            new TenantErasure.Report.Erased("fenced.notes", 3, 0));
    assertThat(report.deleted()).isEqualTo(6);
    assertThat(session(acme).sql().fetchCount(DSL.table("notes"))).isZero();
    assertThat(session(bolt).sql().fetchCount(DSL.table("notes"))).isEqualTo(3);
    assertThat(session(bolt).sql().fetchCount(DSL.table("customers"))).isEqualTo(3);
  }

  @Test
  void may_run_again() {
    erasure.erase(acme);
    assertThat(erasure.erase(acme).deleted()).isZero();
  }

  @Test
  void erases_what_lies_outside_and_goes_on_after_an_interruption() {
    List<TenantId> forgotten = new ArrayList<>();
    assertThatThrownBy(
            () ->
                erasure
                    .also(
                        "cache",
                        tenant -> {
                          throw new IllegalStateException("cut");
                        })
                    .erase(acme))
        .hasMessage("cut");
    assertThat(TenantRegistry.on(admin).find(acme).orElseThrow().state())
        .isEqualTo(Tenant.State.ERASING);
    assertThat(erasure.also("cache", forgotten::add).erase(acme).outside())
        .containsExactly("cache");
    assertThat(forgotten).containsExactly(acme);
    assertThat(TenantRegistry.on(admin).find(acme).orElseThrow().state())
        .isEqualTo(Tenant.State.ERASED);
  }

  @Test
  void a_row_written_meanwhile_fails_the_proof() {
    assertThatThrownBy(
            () ->
                erasure
                    .also(
                        "a late writer",
                        tenant ->
                            session(tenant)
                                .sql()
                                .execute("insert into notes (id) values (gen_random_uuid())"))
                    .erase(acme))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("fenced.notes");
    assertThat(erasure.erase(acme).deleted()).isOne();
  }

  @Test
  void a_table_that_nobody_declared_is_not_passed_over() {
    try (Database owner = shop.open(shop.made().owner())) {
      owner.sql().execute("create table forgotten (tenant_id uuid, secret text)");
    }
    assertThatThrownBy(() -> erasure.erase(acme))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("forgotten");
    assertThat(session(acme).sql().fetchCount(DSL.table("notes"))).isEqualTo(3);
  }

  @Test
  void an_unknown_tenant_is_not_found() {
    assertThatThrownBy(() -> erasure.erase(TenantId.of(UuidV7.next())))
        .isInstanceOf(NotFoundException.class);
  }

  private TenantSession session(TenantId tenant) {
    return TenantDatabase.on(application).as(tenant);
  }
}
