package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenantTable;
import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TenantErasureTest {

  private final TwoTenants tenants = new TwoTenants();
  private final TenantErasure erasure = tenants.erasure;
  private final TenantId acme = tenants.acme;
  private final TenantId bolt = tenants.bolt;

  @BeforeEach
  void fill() {
    tenants.fill(3, "x");
  }

  @AfterEach
  void close() {
    tenants.close();
  }

  @Test
  void leaves_no_row_of_the_tenant_and_every_row_of_the_others() {
    TenantErasure.Report report = erasure.erase(acme);
    assertThat(report.tables())
        .containsExactlyInAnyOrder(
            new TenantErasure.Report.Erased("public.customers", 3, 0),
            new TenantErasure.Report.Erased("fenced.notes", 3, 0));
    assertThat(report.deleted()).isEqualTo(6);
    assertThat(tenants.session(acme).sql().fetchCount(DSL.table("notes"))).isZero();
    assertThat(tenants.session(bolt).sql().fetchCount(DSL.table("notes"))).isEqualTo(3);
    assertThat(tenants.session(bolt).sql().fetchCount(DSL.table("customers"))).isEqualTo(3);
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
    assertThat(tenants.registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ERASING);
    assertThat(erasure.also("cache", forgotten::add).erase(acme).outside())
        .containsExactly("cache");
    assertThat(forgotten).containsExactly(acme);
    assertThat(tenants.registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ERASED);
  }

  @Test
  void a_row_written_meanwhile_fails_the_proof() {
    assertThatThrownBy(
            () ->
                erasure
                    .also(
                        "a late writer",
                        tenant ->
                            tenants
                                .session(tenant)
                                .sql()
                                .execute("insert into notes (id) values (gen_random_uuid())"))
                    .erase(acme))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("fenced.notes");
    assertThat(erasure.erase(acme).deleted()).isOne();
  }

  @Test
  void a_table_that_nobody_declared_is_not_passed_over() {
    tenants.asOwner("create table forgotten (tenant_id uuid, secret text)");
    assertThatThrownBy(() -> erasure.erase(acme))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("forgotten");
    assertThat(tenants.session(acme).sql().fetchCount(DSL.table("notes"))).isEqualTo(3);
  }

  @Test
  void a_table_that_inherits_is_not_passed_over() {
    tenants.asOwner("create table vip (level int) inherits (customers)");
    assertThatThrownBy(() -> erasure.erase(acme))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("vip")
        .hasMessageContaining("no inherit customers");
  }

  @Test
  void a_declared_table_that_inherits_from_another_one_would_be_there_twice() {
    tenants.asOwner("create table vip () inherits (customers)");
    tenants.asOwner(TenantTable.rls("public", "vip").key("id").sql());
    assertThatThrownBy(() -> erasure.erase(acme))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("alter table vip no inherit customers");
  }

  @Test
  void a_declared_table_may_inherit_from_one_without_tenants() {
    tenants.asOwner(
        """
        create table audited (at timestamptz);
        create table orders (tenant_id uuid, id uuid) inherits (audited)
        """);
    tenants.asOwner(
        TenantTable.rls("public", "orders").key("id").sql()
            + "grant select, delete on orders to public");
    assertThat(erasure.erase(acme).deleted()).isEqualTo(6);
  }

  @Test
  void the_chunks_of_a_hypertable_are_its_own_wherever_they_are() {
    tenants.shop.asSuperuser("create extension timescaledb -- %s %s");
    tenants.asOwner(
        """
        create table readings (tenant_id uuid, at timestamptz not null, value int);
        select create_hypertable('readings', 'at', associated_schema_name => 'public');
        """);
    tenants.asOwner(TenantTable.rls("public", "readings").key("at").sql());
    tenants.asOwner("grant select, insert, delete on readings to public");
    tenants.session(acme).sql().execute("insert into readings (at, value) values (now(), 1)");
    assertThat(erasure.erase(acme).deleted()).isEqualTo(7);
  }

  @Test
  void names_the_materialized_views_that_keep_what_was_erased() {
    tenants.asOwner(
        """
        create table events (tenant_id uuid, id uuid) partition by hash (id);
        create table events_0 partition of events for values with (modulus 1, remainder 0)
        """);
    tenants.asOwner(
        TenantTable.rls("public", "events").key("id").sql()
            + """
              ;
              grant select, delete on events to public;
              create view seen as select * from customers;
              create materialized view counted as select count(*) from seen with no data;
              create materialized view "of Others" as select * from counted with no data;
              create materialized view behind_a_fence as select id from notes with no data;
              create materialized view of_a_base as select id from fenced.notes with no data;
              create materialized view of_a_part as select id from events_0 with no data;
              create materialized view of_nobody as select code from countries with no data
              """);
    assertThat(erasure.erase(acme).materializedViews())
        .containsExactly(
            "public.behind_a_fence",
            "public.counted",
            "public.of Others",
            "public.of_a_base",
            "public.of_a_part");
  }

  @Test
  void no_name_of_another_tenant_keeps_an_erasure_from_its_end() {
    String name = "erased " + acme;
    TenantId third = TenantId.of(UuidV7.next());
    assertThatThrownBy(() -> tenants.registry.rename(bolt, name))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("kept for a tenant that is erased")
        .hasMessageContaining("TenantRegistry.rename");
    assertThatThrownBy(() -> tenants.registry.create(third, name))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("kept for a tenant that is erased");
    assertThat(tenants.registry.rename(bolt, "erased").name()).isEqualTo("erased");
    assertThat(erasure.erase(acme).deleted()).isEqualTo(6);
  }

  @Test
  void an_unknown_tenant_is_not_found() {
    assertThatThrownBy(() -> erasure.erase(TenantId.of(UuidV7.next())))
        .isInstanceOf(NotFoundException.class);
  }
}
