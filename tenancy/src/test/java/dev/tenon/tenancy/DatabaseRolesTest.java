package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DatabaseRolesTest {

  private static final String PASSWORD = "only for this test";

  private static final TenantTables EVENTS = TenantTables.of(TenantTable.rls("events"));

  private final DatabaseRoles roles =
      DatabaseRoles.prefixed("roles_" + UuidV7.next().toString().replace("-", ""));
  private final TestDatabase made = TestDatabase.create(DatabaseTemplate.empty());

  @BeforeEach
  void migrate() {
    try (Database superuser = Fleet.open(made, made.superuser(), 1)) {
      superuser.migrate(roles.migrations());
      superuser.sql().execute(roles.sql());
      for (String role : all()) {
        superuser
            .sql()
            .execute("alter role {0} password {1}", DSL.name(role), DSL.inline(PASSWORD));
      }
    }
    try (Database owner = open(roles.owner())) {
      owner.migrate(TenancyMigrations.all());
      owner
          .sql()
          .execute(
              "create table customers (tenant_id uuid, id uuid, email text);"
                  + " create table notes (tenant_id uuid, id uuid, customer_id uuid, body text);"
                  + " create table countries (code text);"
                  + " create table events (tenant_id uuid, time date, body text)"
                  + "   partition by range (time);"
                  + " create table events_2026 partition of events"
                  + "   for values from ('2026-01-01') to ('2027-01-01') partition by range (time);"
                  + " create table events_2026_may partition of events_2026"
                  + "   for values from ('2026-05-01') to ('2026-06-01');"
                  + Shop.TABLES.sql()
                  + EVENTS.sql()
                  + roles.grants(Shop.TABLES)
                  + roles.grants(EVENTS)
                  + " create table events_2027 partition of events"
                  + "   for values from ('2027-01-01') to ('2028-01-01');"
                  + " create materialized view mails as select email from customers with no data;");
    }
  }

  @AfterEach
  void drop() {
    try (Database superuser = Fleet.open(made, made.superuser(), 1)) {
      superuser.sql().execute("alter schema tenon owner to current_user");
      for (String role : all()) {
        superuser.sql().execute("drop owned by {0} cascade", DSL.name(role));
        superuser.sql().execute("drop role {0}", DSL.name(role));
      }
    }
    made.close();
  }

  @Test
  void the_application_passes_the_guard_and_reads_its_own_rows_only() {
    try (Database application = open(roles.application())) {
      TenantDatabase tenants = TenantDatabase.on(application);
      tenants.as(Fleet.ACME).sql().execute("insert into notes (id) values (gen_random_uuid())");
      tenants.as(Fleet.ACME).sql().execute("insert into customers (id) values (gen_random_uuid())");
      assertThat(tenants.as(Fleet.ACME).sql().fetchCount(DSL.table("notes"))).isOne();
      assertThat(tenants.as(Fleet.BOLT).sql().fetchCount(DSL.table("notes"))).isZero();
      assertThat(tenants.as(Fleet.BOLT).sql().fetchCount(DSL.table("customers"))).isZero();
    }
  }

  @Test
  void the_admin_reads_the_declarations_and_changes_none() {
    try (Database admin = open(roles.admin())) {
      assertThat(admin.sql().fetchCount(DSL.table("tenon.isolation"))).isPositive();
      assertThatThrownBy(() -> admin.sql().execute("delete from tenon.isolation"))
          .isInstanceOf(AccessDeniedException.class);
    }
  }

  @Test
  void nobody_but_a_superuser_makes_large_objects() {
    try (Database superuser = Fleet.open(made, made.superuser(), 1)) {
      superuser
          .sql()
          .execute(
              "grant execute on function lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea)"
                  + " to public");
      superuser.sql().execute(roles.sql());
    }
    for (String role : all()) {
      try (Database database = open(role)) {
        assertThatThrownBy(() -> database.sql().execute("select lo_from_bytea(0, 'secret')"))
            .isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> database.sql().execute("select lo_creat(-1)"))
            .isInstanceOf(AccessDeniedException.class);
        assertThatThrownBy(() -> database.sql().execute("select lo_create(0)"))
            .isInstanceOf(AccessDeniedException.class);
      }
    }
  }

  @Test
  void the_application_reaches_partitions_through_their_table_only() {
    try (Database application = open(roles.application())) {
      TenantDatabase tenants = TenantDatabase.on(application);
      for (TenantId tenant : List.of(Fleet.ACME, Fleet.BOLT)) {
        tenants
            .as(tenant)
            .sql()
            .execute("insert into events (time) values ('2026-05-01'), ('2027-05-01')");
      }
      TenantSession acme = tenants.as(Fleet.ACME);
      assertThat(acme.sql().fetchCount(DSL.table("events"))).isEqualTo(2);
      for (String sql :
          List.of(
              "select body from events_2026",
              "select body from events_2026_may",
              "select body from events_2027",
              "delete from events_2027",
              "insert into events_2027 (tenant_id, time) values (null, '2027-05-01')",
              "select email from mails")) {
        assertThatThrownBy(() -> acme.sql().execute(sql))
            .as(sql)
            .isInstanceOf(AccessDeniedException.class);
      }
    }
  }

  @Test
  void a_partition_that_was_there_shows_nothing_when_it_is_opened_by_mistake() {
    try (Database owner = open(roles.owner());
        Database application = open(roles.application())) {
      owner
          .sql()
          .execute(
              "grant select, delete on events_2026, events_2026_may to {0}",
              DSL.name(roles.application()));
      TenantSession bolt = TenantDatabase.on(application).as(Fleet.BOLT);
      bolt.sql().execute("insert into events (time) values ('2026-05-01')");
      assertThat(bolt.sql().fetchCount(DSL.table("events"))).isOne();
      assertThat(bolt.sql().fetchCount(DSL.table("events_2026"))).isZero();
      assertThat(bolt.sql().fetchCount(DSL.table("events_2026_may"))).isZero();
      assertThat(bolt.sql().execute("delete from events_2026_may")).isZero();
    }
  }

  @Test
  void the_application_does_not_start_where_it_may_read_a_partition_by_name() {
    try (Database owner = open(roles.owner());
        Database application = open(roles.application())) {
      owner
          .sql()
          .execute("grant select (body) on events_2027 to {0}", DSL.name(roles.application()));
      assertThatThrownBy(() -> TenantDatabase.on(application))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("has rights on events_2027, a partition of events")
          .hasMessageContaining("revoke all on <partition>");
      owner.sql().execute("alter table events_2027 enable row level security");
      assertThatCode(() -> TenantDatabase.on(application)).doesNotThrowAnyException();
    }
  }

  @Test
  void a_role_that_was_given_every_new_table_before_loses_that() {
    try (Database owner = open(roles.owner());
        Database superuser = Fleet.open(made, made.superuser(), 1);
        Database application = open(roles.application())) {
      owner
          .sql()
          .execute(
              "alter default privileges in schema public grant select on tables to {0}",
              DSL.name(roles.application()));
      superuser.sql().execute(roles.sql());
      owner.sql().execute("create table plain (id int)");
      assertThatThrownBy(() -> application.sql().execute("select id from plain"))
          .isInstanceOf(AccessDeniedException.class);
    }
  }

  @Test
  void the_application_makes_nothing() {
    try (Database application = open(roles.application())) {
      for (String sql :
          List.of(
              "create table mine ()",
              "create temporary table mine ()",
              "create schema mine",
              "create function mine() returns int language sql return 1",
              "select body from fenced.notes",
              "insert into countries values ('CH')",
              "truncate customers")) {
        assertThatThrownBy(() -> application.sql().execute(sql))
            .as(sql)
            .isInstanceOf(AccessDeniedException.class);
      }
    }
  }

  @Test
  void admin_and_backup_see_every_tenant() {
    try (Database application = open(roles.application())) {
      TenantDatabase.on(application)
          .as(Fleet.ACME)
          .sql()
          .execute("insert into notes (id) values (gen_random_uuid())");
    }
    for (String role : List.of(roles.admin(), roles.backup())) {
      try (Database all = open(role)) {
        assertThat(all.sql().fetchCount(DSL.table("fenced.notes"))).as(role).isOne();
        assertThat(all.sql().fetchCount(DSL.table("customers"))).as(role).isZero();
      }
    }
  }

  @Test
  void backup_writes_nothing() {
    try (Database backup = open(roles.backup())) {
      assertThatThrownBy(() -> backup.sql().execute("delete from customers"))
          .isInstanceOf(AccessDeniedException.class);
    }
  }

  @Test
  void equal_names_are_refused() {
    assertThatThrownBy(() -> new DatabaseRoles("a", "b", "a", "c"))
        .isInstanceOf(UsageException.class);
    assertThatCode(() -> new DatabaseRoles("a", "b", "c", "d")).doesNotThrowAnyException();
  }

  private List<String> all() {
    return List.of(roles.application(), roles.admin(), roles.backup(), roles.owner());
  }

  private Database open(String role) {
    return Fleet.open(made, new Credentials(role, PASSWORD), 1);
  }
}
