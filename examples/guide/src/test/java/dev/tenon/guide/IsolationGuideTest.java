package dev.tenon.guide;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.DatabaseRoles;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.tenancy.audit.Finding;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.isolation.MutationReport;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@TenonTest(schema = IsolationGuideTest.Shop.class)
class IsolationGuideTest {

  /** The schema of the page. */
  public static final class Shop implements TestSchema {

    static final TenantTable CUSTOMERS = TenantTable.rls("customers").key("id").unique("email");
    static final TenantTable NOTES =
        TenantTable.fence("notes").key("id").foreignKey(CUSTOMERS, "customer_id");
    static final TenantTable COUNTRIES = TenantTable.shared("countries");
    static final TenantTables TABLES = TenantTables.of(CUSTOMERS, NOTES, COUNTRIES);

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("shop")
              .script(
                  "V1__tables.sql",
                  """
                  create table customers (tenant_id uuid, id uuid, email text);
                  create table notes (tenant_id uuid, id uuid, customer_id uuid, body text);
                  create table countries (code text primary key);
                  """)
              .script("R__isolation.sql", TABLES.sql()));
    }
  }

  @Test
  void proves_the_isolation_of_the_schema(TestDatabase database, TenantDatabase tenants) {
    TenantId acme = TenantId.of(UuidV7.next());
    TenantId bolt = TenantId.of(UuidV7.next());
    for (TenantId tenant : List.of(acme, bolt)) {
      fill(tenants.as(tenant));
    }

    assertThatIsolation(database).between(acme, bolt).holds();
    MutationReport report = assertThatIsolation(database).between(acme, bolt).killsEveryMutant();
    List<String> unproved = assertThatIsolation(database).between(acme, bolt).unproved();

    assertThat(unproved).isEmpty();
    assertThat(report.survivors()).isEmpty();
    assertThat(report.made()).isGreaterThan(10);
  }

  @Test
  void the_declarations_agree_with_the_database(TestDatabase database) {
    try (Database owner = TestSchema.connect(database, database.owner())) {
      assertThat(Shop.TABLES.diff(owner)).isEmpty();
    }
  }

  @Test
  void the_sql_is_written_for_a_flyway_that_runs_elsewhere(@TempDir Path directory)
      throws IOException {
    Files.writeString(directory.resolve("R__isolation.sql"), Shop.TABLES.sql());

    assertThat(directory.resolve("R__isolation.sql")).content().contains("create policy tenant");
  }

  @Test
  void ten_thousand_rows_are_written_in_one_statement(
      TestDatabase database, TenantDatabase tenants) {
    TenantSession acme = tenants.as(UuidV7.next());
    int count = 10_000;
    UUID[] ids = Stream.generate(UuidV7::next).limit(count).toArray(UUID[]::new);
    String[] texts = IntStream.range(0, count).mapToObj(n -> "no " + n).toArray(String[]::new);

    acme.sql()
        .execute(
            """
            insert into customers (id, email)
            select id, email from unnest(?::uuid[], ?::text[]) as c (id, email)
            """,
            ids,
            texts);
    acme.sql()
        .execute(
            """
            insert into notes (id, customer_id, body)
            select id, customer_id, body
              from unnest(?::uuid[], ?::uuid[], ?::text[]) as n (id, customer_id, body)
            """,
            ids,
            ids,
            texts);

    for (String table : List.of("customers", "notes")) {
      assertThat(acme.sql().fetchCount(DSL.table(table))).isEqualTo(count);
      assertThat(tenants.as(UuidV7.next()).sql().fetchCount(DSL.table(table))).isZero();
    }
  }

  @Test
  void a_column_is_added_behind_the_fence(TestDatabase database, TenantDatabase tenants) {
    try (Database owner = TestSchema.connect(database, database.owner())) {
      owner.sql().execute("alter table fenced.notes add column rank int");
      owner.sql().execute(Shop.TABLES.sql());
    }
    TenantSession acme = tenants.as(UuidV7.next());
    acme.sql().execute("insert into notes (id, rank) values (gen_random_uuid(), 3)");
    assertThat(acme.sql().fetchValue("select rank from notes")).isEqualTo(3);
  }

  @Test
  void a_fence_becomes_row_level_security(TestDatabase database, TenantDatabase tenants) {
    String application = '"' + database.application().user() + '"';
    try (Database owner = TestSchema.connect(database, database.owner())) {
      owner
          .sql()
          .execute(
              """
              delete from tenon.isolation where relation = 'notes'::regclass;
              drop view notes;
              alter table fenced.notes set schema public;
              """
                  + TenantTable.rls("notes")
                      .key("id")
                      .foreignKey(Shop.CUSTOMERS, "customer_id")
                      .sql()
                  + "grant select, insert, update, delete on notes to "
                  + application);
    }
    TenantSession acme = tenants.as(UuidV7.next());
    acme.sql().execute("insert into notes (id) values (gen_random_uuid())");
    assertThat(acme.sql().fetchCount(DSL.table("notes"))).isOne();
    assertThat(tenants.as(UuidV7.next()).sql().fetchCount(DSL.table("notes"))).isZero();
    try (Database owner = TestSchema.connect(database, database.owner())) {
      assertThat(TenancyAudit.of(owner).roles(database.application().user()).findings())
          .filteredOn(finding -> finding.severity() == Finding.Severity.ERROR)
          .isEmpty();
    }
  }

  @Test
  void a_session_of_another_tenant_runs_beside_the_transaction(
      TestDatabase database, TenantDatabase tenants) {
    TenantSession acme = tenants.as(UuidV7.next());
    TenantSession bolt = tenants.as(UuidV7.next());
    acme.transaction(
        transaction -> {
          transaction.sql().execute("insert into customers (id) values (gen_random_uuid())");
          bolt.sql().execute("insert into customers (id) values (gen_random_uuid())");
          assertThat(transaction.sql().fetchCount(DSL.table("customers"))).isOne();
        });
    assertThat(bolt.sql().fetchCount(DSL.table("customers"))).isOne();
  }

  @Test
  void four_roles_come_in_one_migration() {
    DatabaseRoles roles = DatabaseRoles.prefixed("shop");
    Migrations first = roles.migrations();
    Migrations rights =
        Migrations.named("rights").script("R__rights.sql", roles.grants(Shop.TABLES));

    assertThat(rights.name()).isEqualTo("rights");
    assertThat(roles.application()).isEqualTo("shop_application");
    assertThat(first.name()).isEqualTo("roles");
  }

  @Test
  void rights_are_given_again_when_a_table_is_declared(TestDatabase database) {
    DatabaseRoles roles =
        new DatabaseRoles(
            database.owner().user(),
            database.createRole("application").user(),
            database.createRole("admin", "BYPASSRLS").user(),
            database.createRole("backup", "BYPASSRLS").user());
    try (Database owner = TestSchema.connect(database, database.owner())) {
      owner.migrate(Migrations.named("rights").script("R__rights.sql", roles.grants(Shop.TABLES)));
      owner.sql().execute("create table units (code text)");
      TenantTables more =
          TenantTables.of(Shop.CUSTOMERS, Shop.NOTES, Shop.COUNTRIES, TenantTable.shared("units"));
      owner.migrate(Migrations.named("rights").script("R__rights.sql", roles.grants(more)));
      assertThat(
              owner
                  .sql()
                  .fetchValue(
                      "select has_table_privilege(?, 'units', 'SELECT')", roles.application()))
          .isEqualTo(true);
    }
  }

  @Test
  void proves_the_isolation_with_the_rights_of_production(
      TestDatabase database, TenantDatabase tenants) {
    TenantId acme = TenantId.of(UuidV7.next());
    TenantId bolt = TenantId.of(UuidV7.next());
    fill(tenants.as(acme));
    fill(tenants.as(bolt));

    Credentials application = database.createRole("application");
    DatabaseRoles roles =
        new DatabaseRoles(
            database.owner().user(),
            application.user(),
            database.createRole("admin", "BYPASSRLS").user(),
            database.createRole("backup", "BYPASSRLS").user());
    try (Database superuser = TestSchema.connect(database, database.superuser());
        Database owner = TestSchema.connect(database, database.owner())) {
      superuser.migrate(roles.migrations());
      owner.sql().execute(roles.grants(Shop.TABLES));
      assertThat(TenancyAudit.of(owner).roles(application.user()).findings()).isEmpty();
    }
    assertThatIsolation(database).between(acme, bolt).as(application).holds();

    try (Database owner = TestSchema.connect(database, database.owner())) {
      assertThat(TenancyAudit.of(owner).roles(database.application().user()).findings())
          .extracting(Finding::rule)
          .contains(Finding.Rule.SHARED_WRITABLE);
    }
  }

  private static void fill(TenantSession session) {
    session
        .sql()
        .execute(
            """
            with c as (
              insert into customers (id, email) values (gen_random_uuid(), ?) returning id)
            insert into notes (id, customer_id, body) select gen_random_uuid(), id, ? from c
            """,
            "mail-of-" + session.tenantId(),
            "note-of-" + session.tenantId());
  }
}
