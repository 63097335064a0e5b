package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TenonTest(schema = MarketSchema.class)
class IsolationProofTest {

  @Test
  void holds_on_a_schema_without_a_hole(TestDatabase database) {
    MarketSchema.fill(database);
    between(database).holds();
    assertThat(between(database).unproved()).isEmpty();
  }

  @Test
  void sees_every_part_of_the_fence_that_is_taken_away(TestDatabase database) {
    MarketSchema.fill(database);
    MutationReport report = between(database).killsEveryMutant();
    assertThat(report.survivors()).isEmpty();
    assertThat(report.killed())
        .contains(
            "customers: drop policy tenant",
            "customers: no force row level security",
            "customers: a second policy that lets everything by",
            "orders: policy tenant with check (true)",
            "fenced.notes: notes_tenant_id_customer_id_fkey without the tenant",
            "tenon.current_tenant() with another body",
            "tenon.refuse_without_tenant() with another body",
            "a tenant set for the database",
            "grant select on orders_2026",
            "grant insert on orders_2026",
            "grant update on orders_2026",
            "grant delete on orders_2026",
            "grant select (\"tenant_id\") on orders_2026",
            "notes: the view without its predicate",
            "notes: the view without its check option",
            "notes: the view without its barrier",
            "notes: rights behind the fence");
    between(database).holds();
  }

  @Test
  void sees_a_policy_of_one_command_that_is_taken_away(TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(
        database,
        """
        drop policy tenant on customers;
        create policy reading on customers for select
          using (tenant_id = (select tenon.current_tenant()));
        create policy adding on customers for insert
          with check (tenant_id = (select tenon.current_tenant()));
        create policy changing on customers for update
          using (tenant_id = (select tenon.current_tenant()));
        create policy removing on customers for delete to "%s"
          using (tenant_id = (select tenon.current_tenant()));
        """
            .formatted(database.application().user()));
    String before = content(database);
    assertThat(between(database).killsEveryMutant().killed())
        .contains(
            "customers: drop policy changing",
            "customers: policy reading using (true)",
            "customers: policy adding with check (true)",
            "customers: policy changing using (true)",
            "customers: policy changing with check (true)",
            "customers: policy removing using (true)");
    assertThat(content(database)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create view leaky as select body from fenced.notes; grant select on leaky to %1$s | leaky: read the view",
        "create materialized view leaky as select email from customers; grant select on leaky to %1$s | leaky: read the view",
        "create function leaky() returns text language sql security definer return (select max(body) from fenced.notes); grant execute on function leaky() to %1$s | leaky(): call the function",
        "create unique index email_once on customers (email) | customers: insert what the other has, under email_once",
        "alter role %1$s set search_path = public; create policy more on customers using (number = 1) | customers: select all",
      })
  void names_the_hole(String hole, String leak, TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(database, hole.formatted(database.application().user()));
    assertThatThrownBy(() -> between(database).holds())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(leak);
  }

  @Test
  void accepts_a_fence_without_barrier_if_it_is_told_to(TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(database, "alter view notes set (security_barrier = false)");
    assertThatThrownBy(() -> between(database).holds())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("tells by its error that the other has a row");
    between(database).acceptingFencesWithoutBarrier().holds();
  }

  @Test
  void proves_nothing_of_a_table_without_rows(TestDatabase database) {
    assertThatThrownBy(() -> between(database).holds())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("each of the two tenants needs a row");
  }

  @Test
  void changes_nothing(TestDatabase database) {
    MarketSchema.fill(database);
    String before = content(database);
    between(database).killsEveryMutant();
    assertThat(content(database)).isEqualTo(before);
  }

  @Test
  void refuses_to_compare_a_tenant_with_itself(TestDatabase database) {
    assertThatThrownBy(
            () -> assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.ACME))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static IsolationProof between(TestDatabase database) {
    return assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT);
  }

  private static String content(TestDatabase database) {
    try (var superuser = database.dataSource(database.superuser()).getConnection();
        var statement = superuser.createStatement();
        var row =
            statement.executeQuery(
                """
                select (select string_agg(c::text, ';' order by c.id) from customers c)
                    || (select string_agg(o::text, ';' order by o.id) from orders o)
                    || (select string_agg(n::text, ';' order by n.id) from fenced.notes n)
                    || (select string_agg(p::text, ';' order by p.tablename) from pg_policies p)
                    || (select string_agg(pg_get_functiondef(f.oid), ';' order by f.proname)
                          from pg_proc f where f.pronamespace = 'tenon'::regnamespace)
                    || (select string_agg(d::text, ';' order by d.setrole)
                          from pg_db_role_setting d
                          join pg_database b on b.oid = d.setdatabase
                         where b.datname = current_database())
                    || (select string_agg(pg_get_constraintdef(k.oid), ';' order by k.conname)
                          from pg_constraint k where k.connamespace = 'public'::regnamespace)
                """)) {
      row.next();
      return row.getString(1);
    } catch (java.sql.SQLException error) {
      throw new IllegalStateException(error);
    }
  }
}
