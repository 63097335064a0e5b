package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Repository;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.PgBouncerServer;
import java.util.UUID;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** What is refused for lack of a right or of a tenant says what to do about it. */
class RefusalTextTest {

  private final Shop shop = new Shop();
  private final Database application = shop.open(shop.made().application());
  private final TenantSession acme = TenantDatabase.on(application).as(Fleet.ACME);

  @AfterEach
  void close() {
    application.close();
    shop.close();
  }

  @Test
  void a_missing_right_is_told_with_its_grant() {
    Credentials bare = shop.made().createRole("bare");
    asOwner("create schema closed; create function ask() returns int language sql return 1");
    asOwner("create table public.\"Odd \"\"table\" (id int)");
    asOwner("revoke execute on function ask() from public; create sequence numbers");
    try (Database database = shop.open(bare)) {
      TenantSession session = TenantDatabase.on(database).as(Fleet.ACME);
      refuses(
          session,
          "select id from customers",
          "grant select, insert, update, delete on <schema>.\"customers\" to <role>");
      refuses(
          session,
          "select " + "id, ".repeat(50) + "id from Public.Customers where id is not null",
          "grant select, insert, update, delete on \"public\".\"customers\" to <role>");
      refuses(
          session,
          "select id from public.\"Odd \"\"table\"",
          "grant select, insert, update, delete on \"public\".\"Odd \"\"table\" to <role>");
      refuses(session, "select 1 from closed.x", "grant usage on schema \"closed\" to <role>");
      refuses(session, "select public.ask()", "grant execute on function \"public\".\"ask\" to");
      refuses(
          session,
          "select nextval('public.numbers')",
          "grant usage on sequence \"public\".\"numbers\" to <role>");
      refuses(session, "drop table customers", "as the owner");
    }
  }

  record Customer(UUID id) {}

  @Test
  void a_repository_of_a_table_with_its_schema_tells_it_in_the_grant() {
    Repository<Customer, UUID> customers =
        Repository.of(DSL.table(DSL.name("public", "customers")), Customer.class)
            .id(DSL.field(DSL.name("id"), UUID.class))
            .build();
    try (Database database = shop.open(shop.made().createRole("bare"))) {
      TenantSession session = TenantDatabase.on(database).as(Fleet.ACME);
      assertThatThrownBy(() -> customers.find(session, Fleet.ACME.value()))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("where: select from public.customers, Repository of Customer.find")
          .hasMessageContaining("on \"public\".\"customers\" to <role>");
    }
  }

  @Test
  void a_closed_schema_is_not_opened_where_a_fence_has_its_rows() {
    refuses(acme, "select id from fenced.notes", "read and write the fence's view instead");
  }

  @Test
  void a_table_behind_a_fence_is_not_granted_where_a_view_reads_it() {
    asOwner(
        """
        create view bodies with (security_invoker = true) as select body from fenced.notes;
        grant select on bodies to "%s"
        """
            .formatted(shop.made().application().user()));
    refuses(
        acme,
        "select body from bodies",
        "never on a table behind a fence: a security_invoker view that reads one is created again"
            + " over the fence's view");
  }

  @Test
  void a_statement_without_a_tenant_is_told_where_to_get_one() {
    for (String table : new String[] {"customers", "notes"}) {
      refuses(application, "select id from " + table, "TenantDatabase.as(tenant)");
    }
  }

  @Test
  void a_row_of_another_tenant_is_still_told_as_such() {
    refuses(
        acme,
        "insert into customers (tenant_id, id) values (gen_random_uuid(), gen_random_uuid())",
        "use a session of the owning tenant");
  }

  @Test
  void copy_into_an_isolated_table_is_told_another_way_to_load() {
    for (String table : new String[] {"customers", "notes"}) {
      assertThatThrownBy(
              () ->
                  acme.transaction(
                      transaction ->
                          transaction.jdbc(
                              connection ->
                                  connection
                                      .unwrap(PGConnection.class)
                                      .getCopyAPI()
                                      .copyIn("copy " + table + " (id) from stdin")
                                      .endCopy())))
          .as(table)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("insert … select … from unnest(?)");
    }
  }

  @Test
  void a_pooler_that_was_not_declared_is_told_as_such() {
    try (PgBouncerServer pooler = PgBouncerServer.before(shop.made())) {
      assertThatThrownBy(
              () ->
                  Database.open(
                      DatabaseConfig.url(pooler.url())
                          .user(shop.made().application().user())
                          .password(shop.made().application().password())
                          .build()))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("DatabaseConfig.transactionPooler(true)");
    }
  }

  @Test
  void declarations_are_compared_by_the_owner() {
    assertThatThrownBy(() -> Shop.TABLES.diff(application))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("run it as the owner of the tables")
        .hasMessageNotContaining("grant usage");
  }

  @Test
  void an_admin_without_the_rights_to_its_record_is_refused_at_the_start() {
    Credentials admin = shop.made().createRole("bare_admin", "BYPASSRLS");
    try (Database database = shop.open(admin)) {
      assertThatThrownBy(() -> AdminDatabase.on(database))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("grant usage on schema tenon to " + admin.user())
          .hasMessageContaining("grant select, insert on tenon.admin_log to " + admin.user());
    }
  }

  @Test
  void a_role_that_is_not_bound_is_told_what_to_revoke() {
    asOwner("grant truncate on customers to " + shop.made().application().user());
    assertThatThrownBy(() -> TenantDatabase.on(application))
        .hasMessageContaining(
            "revoke truncate on customers from " + shop.made().application().user());
    Credentials bypass = shop.made().createRole("bypass", "BYPASSRLS");
    Credentials member = shop.made().createRole("member", "IN ROLE " + bypass.user());
    try (Database database = shop.open(member)) {
      assertThatThrownBy(() -> TenantDatabase.on(database))
          .hasMessageContaining("revoke " + bypass.user() + " from " + member.user());
    }
  }

  private void asOwner(String sql) {
    try (Database owner = shop.open(shop.made().owner())) {
      owner.sql().execute(sql);
    }
  }

  private static void refuses(Session session, String sql, String fix) {
    assertThatThrownBy(() -> session.sql().execute(sql))
        .as(sql)
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining(fix);
  }
}
