package dev.tenon.testkit;

import static dev.tenon.testkit.PlanAssert.assertThatGenericPlan;
import static dev.tenon.testkit.PlanAssert.assertThatPlan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Query;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest(schema = PlanAssertTest.OrdersSchema.class)
class PlanAssertTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final Field<Integer> ID = DSL.field(DSL.name("id"), SQLDataType.INTEGER);
  private static final Field<String> NOTE = DSL.field(DSL.name("note"), SQLDataType.CLOB);
  private static final String BY_NOTE = "select id from orders where note = ?";

  private TenantSession acme;

  @BeforeEach
  void writes_rows_enough_for_an_index(TestDatabase made, TenantDatabase tenants)
      throws SQLException {
    acme = tenants.as(ACME);
    for (String table : new String[] {"orders", "asked_for_each_row"}) {
      acme.sql()
          .execute(
              "insert into "
                  + table
                  + " (id, note) select n, case when n % 400 = 0 then 'open' else 'note ' || n end"
                  + " from generate_series(1, 2000) as n");
    }
    try (Connection owner = made.dataSource(made.owner()).getConnection();
        var statement = owner.createStatement()) {
      statement.execute("analyze orders, asked_for_each_row");
    }
  }

  @Test
  void tells_the_index_that_is_used() {
    assertThatPlan(acme, BY_NOTE, "note 7").usesIndex("orders_note").hasNoSeqScanOn("orders");
    assertThatPlan(acme, byNote("note 7")).usesIndex("orders_note").hasNoSeqScanOn("orders");
  }

  @Test
  void tells_an_index_that_is_not_used_and_shows_the_plan() {
    PlanAssert plan = assertThatPlan(acme, "select id from orders where length(note) = ?", 6);
    assertThatThrownBy(() -> plan.usesIndex("orders_note"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("use the index orders_note, but it uses []")
        .hasMessageContaining("Seq Scan on orders, rows ")
        .hasMessageContaining("AND (length(note) = 6))")
        .hasMessageContaining("select id from orders where length(note) = 6");
    assertThatThrownBy(() -> plan.hasNoSeqScanOn("orders"))
        .hasMessageContaining("no sequential scan on orders");
  }

  @Test
  void tells_an_index_that_could_be_used() {
    String all = "select note from orders where note > ?";
    assertThatThrownBy(() -> assertThatPlan(acme, all, "a").usesIndex("orders_note"))
        .isInstanceOf(AssertionError.class);
    assertThatPlan(acme, all, "a")
        .assuming("enable_seqscan", "off")
        .usesIndex("orders_note")
        .hasNoSeqScanOn("orders");
  }

  @Test
  void a_table_that_the_plan_does_not_read_is_no_proof() {
    assertThatThrownBy(() -> assertThatPlan(acme, BY_NOTE, "a").hasNoSeqScanOn("order"))
        .hasMessageContaining("read the table order, but it reads [orders]");
  }

  @Test
  void sees_that_the_policy_asks_for_the_tenant_once() {
    assertThatPlan(acme, BY_NOTE, "note 7").hasInitPlan();
    assertThatPlan(acme, "select id from orders").hasInitPlan();
  }

  @Test
  void sees_that_the_policy_asks_for_the_tenant_for_each_row() {
    assertThatThrownBy(
            () -> assertThatPlan(acme, "select id from asked_for_each_row").hasInitPlan())
        .hasMessageContaining("Expected an init plan")
        .hasMessageContaining("filter (tenant_id = COALESCE(");
  }

  @Test
  void a_generic_plan_is_the_one_for_all_values() {
    assertThatPlan(acme, BY_NOTE, "open").usesIndex("orders_open");
    assertThatPlan(acme, byNote("open")).usesIndex("orders_open");
    assertThatGenericPlan(acme, BY_NOTE.replace("?", "$1")).usesIndex("orders_note").hasInitPlan();
  }

  @Test
  void tells_an_estimate_that_is_wrong() {
    assertThatPlan(acme, "select id from orders where id <= ?", 500).estimatesRowsWithin(1.5);
    PlanAssert wrong = assertThatPlan(acme, "select id from orders where id % ? = 3", 10);
    wrong.estimatesRowsWithin(30);
    assertThatThrownBy(() -> wrong.estimatesRowsWithin(10))
        .hasMessageContaining("Expected estimates within a factor of 10.0")
        .hasMessageContaining("rows 10, actual rows 200");
  }

  @Test
  void what_a_limit_stops_early_is_no_wrong_estimate() {
    assertThatPlan(acme, "select id from orders limit ?", 1).estimatesRowsWithin(1);
  }

  @Test
  void a_statement_that_writes_is_rolled_back() {
    String delete = "delete from orders where id <= ?";
    assertThatPlan(acme, delete, 10).estimatesRowsWithin(1_000_000);
    acme.transaction(
        transaction -> {
          assertThatPlan(transaction, delete, 10).estimatesRowsWithin(1_000_000);
          transaction.sql().execute("delete from orders where id = 1");
        });
    assertThat(acme.sql().fetchValue("select count(*) from orders")).isEqualTo(1999L);
  }

  @Test
  void refuses_what_has_no_answer() {
    assertThatThrownBy(() -> assertThatPlan(acme, BY_NOTE, "a").estimatesRowsWithin(0.5))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("within a factor of 0.5");
    assertThatThrownBy(() -> assertThatGenericPlan(acme, "select $1").estimatesRowsWithin(2))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a generic plan cannot be run");
  }

  private Query byNote(String note) {
    return acme.sql().select(ID).from(DSL.name("orders")).where(NOTE.eq(note));
  }

  static final class OrdersSchema implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("orders")
              .script(
                  "V1__orders.sql",
                  """
                  create table public.orders (
                    tenant_id uuid not null default tenon.current_tenant(),
                    id int not null,
                    note text not null
                  );
                  create index orders_note on public.orders (tenant_id, note);
                  create index orders_open on public.orders (tenant_id) where note = 'open';
                  create table public.asked_for_each_row (like public.orders including defaults);
                  alter table public.asked_for_each_row enable row level security;
                  create policy own on public.asked_for_each_row
                    using (tenant_id = tenon.current_tenant());
                  """)
              .script("V2__policies.sql", TenantTable.rls("public", "orders").sql()));
    }
  }
}
