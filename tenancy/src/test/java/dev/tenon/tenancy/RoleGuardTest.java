package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.ServerException;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoleGuardTest {

  @RegisterExtension final Fleet fleet = new Fleet();

  @Test
  void accepts_the_application_role() {
    assertThatCode(() -> TenantDatabase.on(fleet.database())).doesNotThrowAnyException();
  }

  @Test
  void refuses_a_superuser() {
    refuses(fleet.made().superuser(), "is a superuser");
  }

  @Test
  void refuses_the_owner_of_a_tenant_table() {
    refuses(fleet.made().owner(), "owns hosts, incidents");
  }

  @Test
  void refuses_a_role_that_bypasses_row_security() {
    refuses(fleet.made().createRole("bypass", "BYPASSRLS"), "has BYPASSRLS");
  }

  @Test
  void refuses_a_role_that_may_become_one_of_these() {
    Credentials bypass = fleet.made().createRole("bypass", "BYPASSRLS");
    refuses(
        fleet.made().createRole("member", "NOINHERIT", "IN ROLE " + bypass.user()),
        "role " + bypass.user() + " has BYPASSRLS");
  }

  @Test
  void refuses_a_role_that_may_truncate_a_tenant_table() {
    try (Database owner = Fleet.open(fleet.made(), fleet.made().owner(), 1)) {
      owner.sql().execute("grant truncate on hosts to public");
    }
    refuses(fleet.made().application(), "may truncate hosts");
  }

  @Test
  void refuses_the_owner_of_the_tenant_function() {
    Credentials thief = fleet.made().createRole("thief");
    try (Database superuser = Fleet.open(fleet.made(), fleet.made().superuser(), 1)) {
      superuser.sql().execute("alter schema tenon owner to " + thief.user());
    }
    refuses(thief, "owns the schema tenon");
    try (Database superuser = Fleet.open(fleet.made(), fleet.made().superuser(), 1)) {
      superuser.sql().execute("alter schema tenon owner to " + fleet.made().owner().user());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "REPLICATION, has REPLICATION",
    "CREATEROLE, has CREATEROLE",
    "IN ROLE pg_execute_server_program, role pg_execute_server_program is predefined",
    "IN ROLE pg_read_server_files, role pg_read_server_files is predefined",
    "IN ROLE pg_write_server_files, role pg_write_server_files is predefined",
    "IN ROLE pg_read_all_data, role pg_read_all_data is predefined",
    "IN ROLE pg_write_all_data, role pg_write_all_data is predefined",
  })
  void refuses_a_role_that_reaches_more_than_was_granted(String option, String reason) {
    refuses(fleet.made().createRole("strong", option), reason);
  }

  @Test
  void refuses_the_owner_of_a_partition() {
    Credentials thief = fleet.made().createRole("thief");
    asSuperuser(
        "create table events (tenant_id uuid, time date) partition by range (time);"
            + " create table events_2026 partition of events"
            + "   for values from ('2026-01-01') to ('2027-01-01');"
            + TenantTable.rls("public", "events").sql()
            + "alter table events_2026 owner to "
            + thief.user());
    refuses(thief, "owns events_2026");
    asSuperuser("drop table events");
  }

  @Test
  void refuses_the_owner_of_a_partition_without_policies_of_its_own() {
    Credentials thief = fleet.made().createRole("thief");
    asSuperuser(
        "create table events (tenant_id uuid, time date) partition by range (time);"
            + TenantTable.rls("public", "events").sql()
            + "create table events_2026 partition of events"
            + "   for values from ('2026-01-01') to ('2027-01-01');"
            + "alter table events_2026 owner to "
            + thief.user());
    refuses(thief, "owns events_2026");
    asSuperuser("drop table events");
  }

  @Test
  void refuses_a_tenant_that_was_set_for_the_role_after_the_connection_was_opened() {
    Credentials late = fleet.made().createRole("late");
    try (Database open = Fleet.open(fleet.made(), late, 1)) {
      asSuperuser("alter role %s set app.current_tenant = '%s'".formatted(late.user(), Fleet.ACME));
      assertThatThrownBy(() -> TenantDatabase.on(open))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("starts with app.current_tenant set");
    }
  }

  @Test
  void refuses_the_owner_of_the_schema_of_a_tenant_table() {
    Credentials thief = fleet.made().createRole("thief");
    asSuperuser("alter schema public owner to " + thief.user());
    refuses(thief, "owns the schema public");
    asSuperuser("alter schema public owner to pg_database_owner");
  }

  @Test
  void refuses_the_owner_of_the_database() {
    Credentials thief = fleet.made().createRole("thief");
    String database = fleet.made().name();
    asSuperuser("alter database %s owner to %s".formatted(database, thief.user()));
    refuses(thief, "owns the database " + database);
    asSuperuser("alter database %s owner to %s".formatted(database, fleet.made().owner().user()));
  }

  @Test
  void refuses_the_owner_of_a_function_of_tenon() {
    Credentials thief = fleet.made().createRole("thief");
    asSuperuser("alter function tenon.current_tenant() owner to " + thief.user());
    refuses(thief, "owns tenon.current_tenant()");
    asSuperuser("alter function tenon.current_tenant() owner to " + fleet.made().owner().user());
  }

  @Test
  void refuses_a_role_with_a_tenant_of_its_own() {
    Credentials preset = fleet.made().createRole("preset");
    asSuperuser(
        "alter role %s set \"App.Current_Tenant\" = '%s'".formatted(preset.user(), Fleet.ACME));
    refuses(preset, "starts with app.current_tenant set");
  }

  @Test
  void refuses_a_database_with_a_tenant_of_its_own() {
    String database = fleet.made().name();
    asSuperuser("alter database %s set app.current_tenant = '%s'".formatted(database, Fleet.ACME));
    refuses(fleet.made().application(), "starts with app.current_tenant set");
  }

  @Test
  void refuses_a_role_that_may_read_what_the_planner_sampled() {
    asSuperuser("grant select (stavalues1) on pg_statistic to public");
    refuses(fleet.made().application(), "may read pg_statistic, which holds values of all tenants");
    refuses(fleet.made().application(), "revoke select on pg_statistic from");
  }

  @Test
  void names_the_grants_to_run() {
    assertThatThrownBy(() -> guard(fleet.made().superuser()))
        .hasMessageContaining("create role app login")
        .hasMessageContaining("grant select, insert, update, delete");
  }

  @Test
  void refuses_a_database_that_tenancy_was_not_migrated_into() {
    try (TestDatabase empty = TestDatabase.create(DatabaseTemplate.empty());
        Database database = Fleet.open(empty, empty.application(), 1)) {
      assertThatThrownBy(() -> TenantDatabase.on(database))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("database.migrate(TenancyMigrations.all())");
    }
  }

  @Test
  void the_emitted_policy_may_run_again_and_quotes_hostile_names() {
    String sql = TenantTable.rls("odd \"schema\"", "t; drop table hosts").sql();
    assertThat(sql).contains("\"odd \"\"schema\"\"\".\"t; drop table hosts\"");
    try (Database owner = Fleet.open(fleet.made(), fleet.made().owner(), 1)) {
      owner.sql().execute(TenantTable.rls("public", "hosts").sql());
      owner.sql().execute(TenantTable.rls("public", "hosts").sql());
    }
  }

  private void asSuperuser(String sql) {
    try (Database superuser = Fleet.open(fleet.made(), fleet.made().superuser(), 1)) {
      superuser.sql().execute(sql);
    }
  }

  private void refuses(Credentials role, String reason) {
    assertThatThrownBy(() -> guard(role))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining(reason);
  }

  private void guard(Credentials role) {
    try (Database database = Fleet.open(fleet.made(), role, 1)) {
      TenantDatabase.on(database);
    }
  }
}
