package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
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
                  + Shop.TABLES.sql());
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
  void the_application_makes_nothing() {
    try (Database application = open(roles.application())) {
      for (String sql :
          List.of(
              "create table mine ()",
              "create temporary table mine ()",
              "create schema mine",
              "create function mine() returns int language sql return 1",
              "select body from fenced.notes",
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
