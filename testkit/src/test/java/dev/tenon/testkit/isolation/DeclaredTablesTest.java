package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables that nobody declared, and declarations that are no longer true. */
@TenonTest(schema = MarketSchema.class)
class DeclaredTablesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create table raw as select tenant_id from customers | every tenant reads it",
        "create table raw (tenant_id text); insert into raw select tenant_id from customers | every tenant reads it",
        "create table raw (tenant_id uuid) | nothing shows that it is isolated",
        "create table raw (tenant_id uuid, at date) partition by range (at); create table raw_2026 partition of raw for values from ('2026-01-01') to ('2027-01-01'); grant select on raw_2026 to %1$s | nothing shows that it is isolated",
        "alter table customers rename tenant_id to org; update tenon.isolation set tenant_column = 'org' where relation = 'customers'::regclass; create table raw as select org from customers | every tenant reads it",
        "create table raw (owner uuid default tenon.current_tenant()); insert into raw select tenant_id from customers | every tenant reads it",
      })
  void a_table_with_a_tenant_column_that_nobody_declared_is_a_leak(
      String plant, String what, TestDatabase database) {
    plant(plant + "; grant select on raw to %1$s", database);
    assertThat(between(database).leaks())
        .filteredOn(leak -> leak.object().startsWith("raw"))
        .extracting(Leak::object, Leak::what)
        .containsExactly(tuple("raw", "it is not declared; " + what));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create table raw as select tenant_id from customers",
        "create table raw (owner uuid default tenon.current_tenant()); insert into raw select tenant_id from customers",
      })
  void a_table_with_a_tenant_column_that_is_declared_shared_is_a_leak(
      String plant, TestDatabase database) {
    plant(
        plant
            + "; grant select on raw to %1$s;"
            + " insert into tenon.isolation values ('raw', 'SHARED')",
        database);
    assertThat(between(database).leaks())
        .extracting(Leak::object, Leak::what)
        .containsExactly(tuple("raw", "it is declared SHARED; every tenant reads it"));
  }

  @Test
  void a_table_without_a_tenant_column_that_nobody_declared_is_not_proved(TestDatabase database) {
    plant("create table raw (id int); grant select on raw to %1$s", database);
    assertThat(between(database).unproved())
        .containsExactly("raw: it is not declared, and has no tenant column");
    between(database).holds();
  }

  @Test
  void a_table_that_the_role_may_not_read_is_left_out(TestDatabase database) {
    plant(
        "create table raw as select tenant_id from customers; revoke all on raw from %1$s",
        database);
    between(database).holds();
    assertThat(between(database).unproved()).isEmpty();
  }

  @Test
  void a_declared_table_that_lost_its_tenant_column_is_a_leak(TestDatabase database) {
    plant(
        """
        drop policy tenant on customers;
        alter table orders drop constraint orders_tenant_id_customer_id_fkey;
        alter table fenced.notes drop constraint notes_tenant_id_customer_id_fkey;
        drop view emails;
        drop function emails_of_mine();
        alter table customers drop column tenant_id;
        """,
        database);
    assertThat(between(database).leaks())
        .extracting(Leak::object, Leak::what)
        .contains(
            tuple("customers", "its tenant column tenant_id is gone; every tenant has every row"));
  }

  @Test
  void a_leak_under_several_conditions_is_told_once(TestDatabase database) {
    plant("alter table customers disable row level security", database);
    assertThat(between(database).leaks())
        .filteredOn(leak -> leak.attack().equals("select the other's"))
        .extracting(Leak::object, Leak::condition)
        .containsExactly(
            tuple(
                "customers",
                "a fresh connection, a connection that the other had, a connection after the"
                    + " other's rollback, a connection after the other's error, behind PgBouncer"));
  }

  @Test
  void tables_without_rows_are_told_once_and_are_no_leaks(TestDatabase database) {
    assertThatThrownBy(() -> between(database).holds())
        .isInstanceOf(AssertionError.class)
        .hasMessage("not proved: each of the two tenants needs a row in customers, notes, orders");
    assertThat(between(database).leaks())
        .extracting(Leak::object)
        .containsExactly("customers", "notes", "orders");
  }

  private static void plant(String sql, TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(database, sql.formatted(database.application().user()));
  }

  private static IsolationProof between(TestDatabase database) {
    return assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT);
  }
}
