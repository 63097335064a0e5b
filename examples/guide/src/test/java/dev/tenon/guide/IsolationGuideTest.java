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
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.isolation.MutationReport;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

@TenonTest(schema = IsolationGuideTest.Shop.class)
class IsolationGuideTest {

  /** The schema of the page. */
  public static final class Shop implements TestSchema {

    static final TenantTable CUSTOMERS = TenantTable.rls("customers").key("id").unique("email");
    static final TenantTable NOTES =
        TenantTable.fence("notes").key("id").foreignKey(CUSTOMERS, "customer_id");
    static final TenantTable COUNTRIES = TenantTable.shared("countries");

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
              .script("V2__isolation.sql", TenantTables.of(CUSTOMERS, NOTES, COUNTRIES).sql()));
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
      assertThat(TenantTables.of(Shop.CUSTOMERS, Shop.NOTES, Shop.COUNTRIES).diff(owner)).isEmpty();
    }
  }

  @Test
  void four_roles_come_in_one_migration() {
    DatabaseRoles roles = DatabaseRoles.prefixed("shop");
    Migrations first = roles.migrations();

    assertThat(roles.application()).isEqualTo("shop_application");
    assertThat(first.name()).isEqualTo("roles");
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
