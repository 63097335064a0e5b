package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import java.util.List;
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
  void a_table_that_is_read_by_what_would_follow_it_behind_the_fence() {
    owner
        .sql()
        .execute(
            """
            create table "t t" (tenant_id uuid, id int, body text);
            create table log (tenant_id uuid, body text);
            create rule kept as on insert to "t t" do also
              insert into log values (new.tenant_id, new.body);
            create view definer as select body from "t t";
            create view invoker with (security_invoker = true) as select body from "t t";
            create view above as select body from invoker;
            create materialized view stored as select body from "t t";
            create rule "to t" as on insert to log do also
              insert into "t t" values (new.tenant_id, 1, new.body);
            create function bodies() returns text language sql security definer
              return (select max(body) from "t t");
            create policy seen on log using (body in (select body from "t t"));
            """);
    refuses(
        "select 1",
        TenantTable.fence("t t"),
        "table \"t t\" cannot go behind a fence while it is read by materialized view stored,"
            + " policy seen on log, routine bodies(), rule \"to t\" on log, view definer, view"
            + " invoker",
        "show the rows of all tenants",
        "drop them, run this, and create them again by the same text");
    owner
        .sql()
        .execute(
            """
            drop view definer, above, invoker;
            drop materialized view stored;
            drop rule "to t" on log;
            drop policy seen on log;
            drop function bodies();
            """);
    owner.sql().execute(TenantTable.fence("t t").sql());
    owner.sql().execute("create view definer as select body from \"t t\"");
    assertThatCode(() -> owner.sql().execute(TenantTable.fence("t t").sql()))
        .doesNotThrowAnyException();
  }

  @Test
  void a_label_of_a_graph_of_apache_age() {
    shop.asSuperuser(
        """
        create extension age;
        load 'age';
        set local search_path = ag_catalog;
        select create_graph('services');
        select create_vlabel('services', 'host');
        alter table services.host add column tenant_id uuid;
        grant usage on schema services to public
        """);

    for (TenantTable label :
        List.of(TenantTable.rls("services", "host"), TenantTable.fence("services", "host"))) {
      refuses(
          "select 1",
          label,
          "table services.host is a label of a graph of Apache AGE",
          "whoever may call AGE reads it past rights and policies",
          "withEdgeTable()");
    }
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
