package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tenants that have the same keys, as each counts its orders from one. */
@TenonTest(schema = NaturalKeyTest.Shop.class)
class NaturalKeyTest {

  /** Orders with numbers, lines that refer to them, and one customer with the same email. */
  public static final class Shop implements TestSchema {

    private static final TenantTable CUSTOMERS =
        TenantTable.rls("customers").key("id").unique("email");
    private static final TenantTable ORDERS =
        TenantTable.rls("orders").key("number").unique("label");
    private static final TenantTable LINES =
        TenantTable.fence("lines")
            .key("number", "line")
            .foreignKey(ORDERS, "number")
            .unique("slug");

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("shop")
              .script(
                  "V1__tables.sql",
                  """
                  create table customers (tenant_id uuid, id uuid, email text);
                  create table orders (tenant_id uuid, number int, label text);
                  create table lines (tenant_id uuid, number int, line int, slug text);
                  """)
              .script("R__isolation.sql", TenantTables.of(CUSTOMERS, ORDERS, LINES).sql()));
    }
  }

  @Test
  void holds_where_both_tenants_have_the_same_keys(TestDatabase database) {
    fill(database);
    between(database).holds();
    assertThat(between(database).unproved()).isEmpty();
  }

  @Test
  void sees_every_part_of_the_fence_that_is_taken_away(TestDatabase database) {
    fill(database);
    assertThat(between(database).killsEveryMutant().killed())
        .contains("orders: policy tenant using (true)", "lines: the view without its barrier");
  }

  @Test
  void names_the_key_that_told_and_no_other(TestDatabase database) {
    fill(database);
    MarketSchema.asSuperuser(
        database,
        """
        update orders set label = 'label of ' || tenant_id;
        alter table orders drop constraint orders_tenant_id_label_key;
        create unique index label_once on orders (label);
        create unique index number_once on orders (tenant_id, number, label);
        """);
    assertThat(between(database).leaks())
        .extracting(Leak::object, Leak::attack)
        .containsExactly(tuple("orders", "insert what the other has, under label_once"));
  }

  @Test
  void says_that_a_key_without_a_value_of_the_other_was_not_asked(TestDatabase database) {
    fill(database);
    MarketSchema.asSuperuser(database, "update orders set label = null");
    assertThat(between(database).unproved())
        .containsExactly(
            "orders: the other has no row with a value in each column of orders_tenant_id_label_key");
  }

  @Test
  void sees_a_foreign_key_without_the_tenant(TestDatabase database) {
    fill(database);
    MarketSchema.asSuperuser(
        database,
        """
        set session_replication_role = replica;
        update fenced.lines set number = 2 where tenant_id = '%1$s';
        update orders set number = 2 where tenant_id = '%1$s';
        """
            .formatted(MarketSchema.BOLT));
    MarketSchema.asSuperuser(
        database,
        """
        alter table fenced.lines drop constraint lines_tenant_id_number_fkey;
        create unique index number_once on orders (number);
        alter table fenced.lines add constraint loose foreign key (number) references orders (number);
        """);
    assertThat(between(database).leaks())
        .extracting(Leak::object, Leak::attack)
        .contains(tuple("lines", "refer to the other's row by loose"));
  }

  @Test
  void sees_a_foreign_key_that_takes_the_tenant_from_another_column(TestDatabase database) {
    fill(database);
    MarketSchema.asSuperuser(
        database,
        """
        alter table orders add column reseller_tenant uuid, add column reseller uuid;
        alter table orders add constraint of_any_tenant
          foreign key (reseller_tenant, reseller) references customers (tenant_id, id);
        """);
    assertThat(between(database).leaks())
        .extracting(Leak::object, Leak::attack)
        .containsExactly(tuple("orders", "refer to the other's row by of_any_tenant"));
    assertThat(between(database).unproved()).isEmpty();
  }

  @Test
  void names_the_exclusion_that_told(TestDatabase database) {
    fill(database);
    MarketSchema.asSuperuser(
        database,
        """
        update orders set label = 'label of ' || tenant_id;
        create extension if not exists btree_gist;
        alter table orders add constraint elsewhere
          exclude using gist (tenant_id with <>, label with =);
        """);
    assertThat(between(database).leaks())
        .extracting(Leak::object, Leak::attack)
        .containsExactly(tuple("orders", "insert what the other has, under elsewhere"));
  }

  private static void fill(TestDatabase database) {
    MarketSchema.asSuperuser(
        database,
        """
        insert into customers (tenant_id, id, email)
        select t, gen_random_uuid(), 'ann@example.org'
          from unnest(array['%1$s', '%2$s']::uuid[]) t;
        insert into orders (tenant_id, number, label) select tenant_id, 1, 'first' from customers;
        insert into fenced.lines (tenant_id, number, line, slug)
        select tenant_id, number, 1, 'first-line' from orders;
        """
            .formatted(MarketSchema.ACME, MarketSchema.BOLT));
  }

  private static IsolationProof between(TestDatabase database) {
    return assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT);
  }
}
