package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Test;

/** Tables that the role may write and not read, or not reach at all. */
@TenonTest(schema = MarketSchema.class)
class NarrowRightsTest {

  @Test
  void holds_where_the_role_may_only_insert_and_says_what_it_did_not_try(TestDatabase database) {
    plant("revoke all on orders from %1$s; grant insert on orders to %1$s", database);
    proof(database).holds();
    assertThat(proof(database).leaks()).isEmpty();
    assertThat(proof(database).unproved()).contains(unread("orders", database));
  }

  @Test
  void holds_where_the_role_has_no_right_at_all(TestDatabase database) {
    plant("revoke all on customers, notes from %1$s", database);
    proof(database).holds();
    assertThat(proof(database).unproved())
        .contains(unread("customers", database), unread("notes", database));
  }

  @Test
  void every_mutant_that_can_show_is_seen(TestDatabase database) {
    plant(
        "revoke all on orders, notes from %1$s; grant insert on orders to %1$s;"
            + " grant update on notes to %1$s",
        database);
    MutationReport report = proof(database).killsEveryMutant();
    assertThat(report.survivors()).isEmpty();
    assertThat(report.killed())
        .contains(
            "orders: policy tenant with check (true)",
            "orders: disable row level security",
            "notes: the view without its check option",
            "notes: rights behind the fence")
        .doesNotContain("orders: drop policy tenant");
  }

  @Test
  void a_write_for_the_other_is_a_leak_there_too(TestDatabase database) {
    plant(
        "revoke all on orders from %1$s; grant insert on orders to %1$s;"
            + " alter policy tenant on orders with check (true)",
        database);
    assertThat(proof(database).leaks())
        .extracting(Leak::object, Leak::attack)
        .contains(tuple("orders", "insert for the other"));
  }

  private static String unread(String table, TestDatabase database) {
    return table
        + ": "
        + database.application().user()
        + " may not read it; what a right to read would show was not tried";
  }

  private static void plant(String sql, TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(database, sql.formatted('"' + database.application().user() + '"'));
  }

  private static IsolationProof proof(TestDatabase database) {
    return assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT);
  }
}
