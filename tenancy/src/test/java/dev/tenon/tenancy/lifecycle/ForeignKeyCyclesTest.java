package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Customers have favourite notes, and notes have customers. */
class ForeignKeyCyclesTest {

  private final TwoTenants tenants = new TwoTenants();
  private final TenantId acme = tenants.acme;
  @TempDir private Path directory;

  @BeforeEach
  void fill() {
    tenants.fill(3, "x");
  }

  @AfterEach
  void close() {
    tenants.close();
  }

  @Test
  void a_circle_with_a_deferrable_key_goes_the_whole_way() {
    makeCircle("on delete no action deferrable");
    goesTheWholeWay();
  }

  @Test
  void a_circle_that_is_broken_on_a_delete_goes_the_whole_way() {
    makeCircle("on delete cascade deferrable");
    goesTheWholeWay();
  }

  @Test
  void a_circle_without_a_deferrable_key_is_exported_and_neither_erased_nor_restored() {
    makeCircle("");
    assertThat(tenants.archive.export(acme, directory).rows()).containsEntry("fenced.notes", 3L);
    String mends = "alter table customers alter constraint favourite deferrable";
    isRefused(() -> tenants.erasure.erase(acme), mends);
    assertThat(tenants.registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ACTIVE);
    isRefused(() -> tenants.archive.restore(directory), mends);
    tenants.asOwner(mends);
    goesTheWholeWay();
  }

  @Test
  void a_key_that_restricts_is_mended_by_another_one() {
    makeCircle("on delete restrict deferrable");
    isRefused(
        () -> tenants.erasure.erase(acme),
        "alter table customers drop constraint favourite, add constraint favourite FOREIGN KEY");
  }

  @Test
  void rows_that_refer_to_their_own_table_go_the_whole_way() {
    tenants.asOwner(
        """
        alter table customers add column parent uuid;
        alter table customers no force row level security;
        alter table customers add foreign key (tenant_id, parent) references customers;
        alter table customers force row level security
        """);
    tenants
        .session(acme)
        .sql()
        .execute(
            "update customers set parent = (select c.id from customers c order by id desc limit 1)");
    goesTheWholeWay();
  }

  @Test
  void a_table_that_nobody_declared_leaves_the_tenant_as_it_was() {
    tenants.asOwner("create table forgotten (tenant_id uuid, secret text)");
    isRefused(() -> tenants.erasure.erase(acme), "forgotten");
    assertThat(tenants.registry.find(acme).orElseThrow().state()).isEqualTo(Tenant.State.ACTIVE);
  }

  private void goesTheWholeWay() {
    String before = rows();
    tenants.archive.export(acme, directory);
    assertThat(tenants.erasure.erase(acme).deleted()).isBetween(3L, 6L);
    tenants.forgetErased();
    tenants.archive.restore(directory);
    assertThat(rows()).isEqualTo(before);
    assertThat(tenants.session(tenants.bolt).sql().fetchCount(DSL.table("notes"))).isEqualTo(3);
  }

  private static void isRefused(ThrowingCallable asked, String why) {
    assertThatThrownBy(asked).isInstanceOf(ServerException.class).hasMessageContaining(why);
  }

  private String rows() {
    return String.valueOf(
        tenants
            .session(acme)
            .sql()
            .fetchValue(
                """
                select string_agg(c::text || n::text, ';' order by n.id)
                  from customers c left join notes n on n.customer_id = c.id
                """));
  }

  private void makeCircle(String how) {
    tenants.asOwner(
        """
        alter table customers add column favourite uuid;
        alter table customers no force row level security;
        alter table customers add constraint favourite
          foreign key (tenant_id, favourite) references fenced.notes (tenant_id, id) %s;
        alter table customers force row level security
        """
            .formatted(how));
    tenants
        .session(acme)
        .sql()
        .execute(
            """
            update customers c set favourite = n.id from notes n where n.customer_id = c.id
            """);
  }
}
