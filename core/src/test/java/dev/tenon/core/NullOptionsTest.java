package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.health.DatabaseHealth;
import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Null for an option or to a session is refused by name at the call, as {@link NullArgumentsTest}
 * has it for the rest.
 */
@SuppressWarnings("NullAway")
class NullOptionsTest {

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with(Operations.migrations());

  private static final Transaction.Options OPTIONS = Transaction.Options.defaults();
  private static final DatabaseHealth.Limits LIMITS = DatabaseHealth.Limits.defaults();
  private static final DataSource SOURCE = new PGSimpleDataSource();
  private static final Event EVENT = Event.of("order.paid", "7", 1, "{}");

  static Stream<Arguments> options() {
    return Stream.of(
        of("withIsolation", () -> OPTIONS.withIsolation(null)),
        of("withTimeout", () -> OPTIONS.withTimeout(null)),
        of("withStatementTimeout", () -> OPTIONS.withStatementTimeout(null)),
        of("withLockTimeout", () -> OPTIONS.withLockTimeout(null)),
        of("repeatable", () -> OPTIONS.repeatable(null)),
        of("withOperation", () -> OPTIONS.withOperation(null)),
        of("Retry.within", () -> Retry.conflicts(2).within(null)),
        of("Database.open", () -> Database.open(null)),
        of("Database.using", () -> Database.using(null)),
        of("Database.using", () -> Database.using(null, Duration.ofSeconds(1))),
        of("Database.using", () -> Database.using(SOURCE, null)),
        of("Database.using", () -> Database.using(SOURCE, Duration.ofSeconds(1), null)),
        of("DatabaseConfig.url", () -> DatabaseConfig.url(null)),
        of("DatabaseConfig.user", () -> config().user(null)),
        of("DatabaseConfig.password", () -> config().password(null)),
        of("DatabaseConfig.pool", () -> config().pool(null)),
        of("DatabaseConfig.statementTimeout", () -> config().statementTimeout(null)),
        of("DatabaseConfig.reader", () -> config().reader(null)),
        of("DatabaseConfig.slowQueries", () -> config().slowQueries(null)),
        of("connectionTimeout", () -> Pool.of(1).withConnectionTimeout(null)),
        of("idleTimeout", () -> Pool.of(1).withIdleTimeout(null)),
        of("maximumLifetime", () -> Pool.of(1).withMaximumLifetime(null)),
        of("keepalive", () -> Pool.of(1).withKeepalive(null)),
        of("withLeakAfter", () -> Pool.of(1).withLeakAfter(null)),
        of("withName", () -> Pool.of(1).withName(null)),
        of("SlowQueries.over", () -> SlowQueries.over(null, slow -> {})),
        of("SlowQueries.over", () -> SlowQueries.over(Duration.ZERO, null)),
        of("withTransaction", () -> LIMITS.withTransaction(null)),
        of("withReplicationLag", () -> LIMITS.withReplicationLag(null)),
        of("DatabaseHealth.of", () -> DatabaseHealth.of(null)),
        of("Event.of", () -> Event.of(null, "7", 1, "{}")),
        of("Event.of", () -> Event.of("order.paid", (String) null, 1, "{}")),
        of("Event.of", () -> Event.of("order.paid", (UUID) null, 1, "{}")),
        of("Event.of", () -> Event.of("order.paid", "7", 1, null)),
        of("Event.withHeader", () -> EVENT.withHeader(null, "v")),
        of("Event.withHeader", () -> EVENT.withHeader("k", null)),
        of("Outbox.named", () -> Outbox.named(null)),
        of("consumers", () -> Outbox.named("orders").consumers((String) null)));
  }

  private static DatabaseConfig.Builder config() {
    return DatabaseConfig.url("jdbc:postgresql://localhost/none");
  }

  private static Arguments of(String where, ThrowingCallable call) {
    return Arguments.of(where, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("options")
  void null_for_an_option_is_refused_at_the_call(String where, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(" is null")
        .hasMessageContaining(where);
  }

  @Test
  void null_to_a_session_is_refused_at_the_call() {
    Outbox outbox = Outbox.named("orders").consumers("mail").build();
    Database database = fresh.get();
    assertRefused(database);
    database.transaction(
        transaction -> {
          assertRefused(transaction);
          assertRefused("Transaction.lock", () -> transaction.lock(null));
          assertRefused("Transaction.tryLock", () -> transaction.tryLock(null));
          assertRefused("afterRollback", () -> transaction.afterRollback(null));
          assertRefused("savepoint", () -> transaction.savepoint(null));
          assertRefused("savepointResult", () -> transaction.savepointResult(null));
          assertRefused("Outbox.publish", () -> outbox.publish(transaction, (Event) null));
          assertRefused("Outbox.publish", () -> outbox.publish(transaction, (Event[]) null));
          assertRefused("Outbox.publish", () -> outbox.publish(transaction, (List<Event>) null));
        });
    assertRefused("Outbox.publish", () -> outbox.publish(null, EVENT));
    assertRefused("Session.outcome", () -> database.outcome(OPTIONS, null));
    assertRefused("Session.outcome", () -> database.outcome(null, transaction -> 1));
  }

  private static void assertRefused(Session session) {
    assertRefused("Session.isApplied", () -> session.isApplied(null));
    assertRefused("Session.afterCommit", () -> session.afterCommit(null));
    assertRefused("Session.withSetting", () -> session.withSetting(null, "1"));
    assertRefused("Session.withSetting", () -> session.withSetting("work_mem", null));
    assertRefused("Session.jdbc", () -> session.jdbc((Session.JdbcWork<Connection>) null));
    assertRefused("Session.transaction", () -> session.transaction(null));
    assertRefused("Session.transactionResult", () -> session.transactionResult(null));
    assertRefused(
        "Session.transactionResult", () -> session.transactionResult(null, transaction -> 1));
  }

  private static void assertRefused(String where, ThrowingCallable call) {
    assertThatThrownBy(call)
        .as(where)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(" is null")
        .hasMessageContaining(where);
  }

  @Test
  void options_that_cannot_be_sent_keep_no_connection() {
    try (Database small =
        Database.open(
            fresh.config().pool(Pool.of(3).withConnectionTimeout(Duration.ofSeconds(1))).build())) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> small.transaction(OPTIONS.withIsolation(null), transaction -> {}))
            .isInstanceOf(RuntimeException.class);
      }
      assertThat(DatabaseHealth.of(small).poolUse().orElseThrow().active()).isZero();
    }
  }
}
