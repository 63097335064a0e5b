package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.DatabaseRoles;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proof as a role of the application's own, with the rights that DatabaseRoles gives. */
class OtherRoleTest {

  private final TestDatabase database = TestDatabase.create(DatabaseTemplate.empty());
  private final Credentials application = database.createRole("application");

  @BeforeEach
  void migrate() {
    DatabaseRoles roles =
        new DatabaseRoles(
            database.owner().user(),
            application.user(),
            database.createRole("admin", "BYPASSRLS").user(),
            database.createRole("backup", "BYPASSRLS").user());
    try (Database superuser = TestSchema.connect(database, database.superuser());
        Database owner = TestSchema.connect(database, database.owner())) {
      superuser.migrate(roles.migrations());
      owner.migrate(new MarketSchema().migrations().toArray(Migrations[]::new));
      owner.sql().execute(roles.grants(MarketSchema.TABLES));
    }
    MarketSchema.fill(database);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void holds_as_the_role_that_was_named() {
    proof().holds();
    assertThat(proof().unproved()).isEmpty();
  }

  @Test
  void sees_what_is_open_to_that_role_only() {
    MarketSchema.asSuperuser(
        database,
        "alter table orders_2026 disable row level security; grant select on orders_2026 to \""
            + application.user()
            + "\"");
    assertThat(proof().leaks()).extracting(Leak::attack).contains("start", "select orders_2026");
    assertThat(proof().acceptingFencesWithoutBarrier().leaks()).isNotEmpty();
    assertThatThrownBy(proof()::killsEveryMutant).isInstanceOf(AssertionError.class);
  }

  @Test
  void every_mutant_is_seen_as_that_role() {
    assertThat(proof().killsEveryMutant().survivors()).isEmpty();
  }

  @Test
  void the_owner_of_a_table_is_bound_whoever_owns_the_database() {
    String keeper = '"' + database.createRole("keeper").user() + '"';
    MarketSchema.asSuperuser(
        database,
        """
        grant usage on schema public, tenon to %1$s;
        alter table customers owner to %1$s;
        alter table customers no force row level security;
        """
            .formatted(keeper));
    assertThat(proof().leaks())
        .extracting(Leak::object, Leak::attack)
        .contains(tuple("customers", "select the other's as the owner"));
  }

  private IsolationProof proof() {
    return assertThatIsolation(database)
        .between(MarketSchema.ACME, MarketSchema.BOLT)
        .as(application);
  }
}
