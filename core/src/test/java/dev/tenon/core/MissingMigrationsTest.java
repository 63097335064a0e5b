package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MissingMigrationsTest {

  private static final Transaction.Options KEYED =
      Transaction.Options.defaults().withOperation("request 1");

  private final Outbox orders = Outbox.named("orders").consumers("mail").build();
  private final Outbox fleet = Outbox.named("fleet").consumers("mail", "search").build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with();

  @Test
  void an_operation_key_without_its_table_names_the_migrations_to_run() {
    assertThatThrownBy(() -> database.get().transaction(KEYED, transaction -> {}))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            """
            relation "tenon.operation" does not exist
              where: Transaction.Options.withOperation
              why: these migrations did not run in this database: SQLSTATE 42P01
              fix: run database.migrate(Operations.migrations()) as the owner""");
    assertThatThrownBy(() -> database.get().isApplied("request 1"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("where: Session.isApplied")
        .hasMessageContaining("database.migrate(Operations.migrations())");
    assertThatThrownBy(() -> Operations.purge(database.get(), Duration.ofDays(1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("where: Operations.purge")
        .hasMessageContaining("database.migrate(Operations.migrations())");
  }

  @Test
  void an_event_without_its_table_names_the_migrations_to_run() {
    for (Outbox outbox : new Outbox[] {orders, fleet}) {
      assertThatThrownBy(() -> publish(database.get(), outbox))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("where: Outbox.publish")
          .hasMessageContaining("run database.migrate(Outbox.migrations()) as the owner");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_role_without_the_rights_that_the_migrations_grant_is_told_so(boolean schemaAlone) {
    if (schemaAlone) {
      database.get().sql().execute("create schema tenon");
    } else {
      database.get().migrate(Operations.migrations(), Outbox.migrations());
      database.get().sql().execute("revoke all on tenon.operation, tenon.outbox_event from public");
    }
    String role = "bare_" + Integer.toHexString(System.identityHashCode(this));
    database.get().sql().execute("create role " + role + " login password 'p'");
    database
        .get()
        .sql()
        .execute(
            "do $$ begin execute format('grant connect on database %I to "
                + role
                + "', current_database()); end $$");
    try (Database bare =
        Database.open(
            DatabaseConfig.url(database.url()).user(role).password("p").poolSize(1).build())) {
      assertThatThrownBy(() -> bare.transaction(KEYED, transaction -> {}))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("permission denied for")
          .hasMessageContaining("database.migrate(Operations.migrations()) as the owner");
      assertThatThrownBy(() -> publish(bare, orders))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("database.migrate(Outbox.migrations()) as the owner");
      assertThatThrownBy(() -> Operations.purge(bare, Duration.ofDays(1)))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("or do this as the owner");
    } finally {
      database.get().sql().execute("drop owned by " + role);
      database.get().sql().execute("drop role " + role);
    }
  }

  private static void publish(Session session, Outbox outbox) {
    session.transaction(
        transaction -> outbox.publish(transaction, Event.of("order.paid", "a", 1, "{}")));
  }
}
