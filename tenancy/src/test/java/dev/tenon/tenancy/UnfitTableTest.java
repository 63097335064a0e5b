package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A table that cannot be isolated as declared is refused before its SQL has changed anything. */
class UnfitTableTest {

  private final Shop shop = new Shop();
  private final Database owner = shop.open(shop.made().owner());

  @AfterEach
  void close() {
    owner.close();
    shop.close();
  }

  @Test
  void a_table_without_the_tenant_column() {
    refuses(
        "create table t (id int)",
        TenantTable.rls("t"),
        "table t has no column tenant_id",
        "alter table t add column tenant_id uuid not null",
        ".tenantColumn(…)");
    refuses(
        "create table f (id int)",
        TenantTable.fence("f"),
        "table f has no column tenant_id",
        "alter table f add column");
  }

  @Test
  void a_tenant_column_of_another_type() {
    refuses(
        "create table t (tenant_id text not null)",
        TenantTable.rls("t"),
        "column tenant_id of table t is text, not uuid",
        "alter column tenant_id type uuid using tenant_id::uuid");
  }

  @Test
  void a_tenant_column_of_a_domain_over_uuid_is_fit() {
    owner.sql().execute("create domain tenant as uuid; create table t (tenant_id tenant, id int)");
    assertThatCode(() -> owner.sql().execute(TenantTable.rls("t").key("id").sql()))
        .doesNotThrowAnyException();
  }

  @Test
  void a_table_that_is_missing() {
    refuses("select 1", TenantTable.rls("t"), "does not exist", "create the table first");
  }

  @Test
  void a_primary_key_without_the_tenant() {
    refuses(
        "create table t (tenant_id uuid, id int primary key)",
        TenantTable.rls("t").key("id"),
        "table t has another primary key: id",
        "alter table t drop constraint t_pkey");
  }

  @Test
  void a_fence_that_is_declared_as_a_table_with_policies() {
    refuses(
        "select 1",
        TenantTable.rls("notes").key("id"),
        "notes is no table",
        "it is the view of a fence, whose rows are in fenced.notes",
        "delete from tenon.isolation where relation = 'notes'::regclass; drop view notes; alter table"
            + " fenced.notes set schema public");
  }

  @Test
  void a_migration_says_the_same() {
    owner.sql().execute("create table t (id int)");
    Migrations migrations =
        Migrations.named("unfit").script("V1__t.sql", TenantTable.rls("t").sql());
    assertThatThrownBy(() -> owner.migrate(migrations))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("a migration failed: table t has no column tenant_id")
        .hasMessageContaining("alter table t add column tenant_id uuid not null")
        .hasMessageNotContaining("Flyway");
  }

  private void refuses(String made, TenantTable table, String... texts) {
    owner.sql().execute(made);
    assertThatThrownBy(() -> owner.sql().execute(table.sql()))
        .isInstanceOf(UsageException.class)
        .satisfies(error -> assertThat(error.getMessage()).contains(texts));
  }
}
