package dev.tenon.core;

import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import dev.tenon.core.Transaction.Options;
import dev.tenon.core.Transaction.Options.Isolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Savepoints, locks, timeouts and what runs after the end. */
class SavepointsAndLocksTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void a_savepoint_that_throws_undoes_its_own_writes_only() {
    database
        .get()
        .transaction(
            transaction -> {
              REPOSITORY.insert(transaction, Host.named("alpha"));
              assertThatThrownBy(
                      () ->
                          transaction.savepoint(
                              inner -> {
                                REPOSITORY.insert(inner, Host.named("beta"));
                                REPOSITORY.insert(inner, Host.named("beta"));
                              }))
                  .isInstanceOf(InvalidDataException.class);
              REPOSITORY.insert(transaction, Host.named("gamma"));
            });
    assertThat(database.get().sql().select(Hosts.NAME).from(Hosts.HOSTS).fetch(Hosts.NAME))
        .containsExactlyInAnyOrder("alpha", "gamma");
  }

  @Test
  void an_error_that_a_savepoint_swallows_undoes_that_savepoint_only() {
    database
        .get()
        .transaction(
            transaction -> {
              REPOSITORY.insert(transaction, Host.named("alpha"));
              assertThatThrownBy(
                      () ->
                          transaction.savepoint(
                              inner -> {
                                REPOSITORY.insert(inner, Host.named("beta"));
                                assertThatThrownBy(() -> inner.sql().execute("select 1 / 0"))
                                    .isInstanceOf(InvalidDataException.class);
                              }))
                  .isInstanceOf(UsageException.class);
              REPOSITORY.insert(transaction, Host.named("gamma"));
            });
    assertThat(database.get().sql().select(Hosts.NAME).from(Hosts.HOSTS).fetch(Hosts.NAME))
        .containsExactlyInAnyOrder("alpha", "gamma");
  }

  @Test
  void a_savepoint_returns_the_result_of_its_callback() {
    String result =
        database
            .get()
            .transactionResult(
                transaction ->
                    transaction.savepointResult(outer -> outer.savepointResult(inner -> "inner")));
    assertThat(result).isEqualTo("inner");
  }

  @Test
  void after_rollback_runs_once_and_in_order_after_the_rollback_only() {
    List<String> events = new ArrayList<>();
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          transaction.afterRollback(
                              () ->
                                  events.add(
                                      "hosts: " + database.get().sql().fetchCount(Hosts.HOSTS)));
                          transaction.afterRollback(() -> events.add("second"));
                          REPOSITORY.insert(transaction, Host.named("alpha"));
                          throw new IllegalStateException("no");
                        }))
        .hasMessage("no");
    database.get().transaction(transaction -> transaction.afterRollback(() -> events.add("never")));
    assertThat(events).containsExactly("hosts: 0", "second");
  }

  @Test
  void after_rollback_of_a_savepoint_runs_when_the_savepoint_is_undone() {
    List<String> events = new ArrayList<>();
    database
        .get()
        .transaction(
            transaction -> {
              transaction.afterRollback(() -> events.add("outer"));
              assertThatThrownBy(
                      () ->
                          transaction.savepoint(
                              inner -> {
                                inner.afterRollback(() -> events.add("inner"));
                                inner.afterCommit(() -> events.add("committed"));
                                throw new IllegalStateException("undo");
                              }))
                  .hasMessage("undo");
              events.add("going on");
            });
    assertThat(events).containsExactly("inner", "going on");
  }

  @Test
  void a_lock_is_held_until_the_end_and_only_by_one() {
    database
        .get()
        .transaction(
            holder -> {
              holder.lock("report");
              assertThat(tryElsewhere("report")).isFalse();
              assertThat(tryElsewhere("another")).isTrue();
            });
    assertThat(tryElsewhere("report")).isTrue();
  }

  private boolean tryElsewhere(String name) {
    return database.get().transactionResult(transaction -> transaction.tryLock(name));
  }

  @Test
  void waiting_longer_than_the_lock_timeout_is_retryable() {
    database
        .get()
        .transaction(
            holder -> {
              holder.lock("report");
              assertThatThrownBy(
                      () ->
                          database
                              .get()
                              .transaction(
                                  Options.defaults().withLockTimeout(Duration.ofMillis(20)),
                                  waiter -> waiter.lock("report")))
                  .isInstanceOf(RetryableException.class)
                  .satisfies(
                      error -> assertThat(((TenonException) error).sqlState()).contains("55P03"));
            });
  }

  @Test
  void a_transaction_has_a_statement_timeout_of_its_own() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        Options.defaults().withStatementTimeout(Duration.ofMillis(20)),
                        transaction -> transaction.sql().fetch("select pg_sleep(20)")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("timeout")
        .hasMessageContaining("Transaction.Options.withStatementTimeout for one transaction")
        .hasMessageNotContaining("TenantLimits");
    assertThat(database.get().sql().fetchValue("select current_setting('statement_timeout')"))
        .isEqualTo("30s");
  }

  @Test
  void a_serializable_report_can_wait_for_a_snapshot_without_conflicts() {
    Object deferrable =
        database
            .get()
            .transactionResult(
                Options.defaults()
                    .withIsolation(Isolation.SERIALIZABLE)
                    .asReadOnly()
                    .asDeferrable(),
                transaction ->
                    transaction
                        .sql()
                        .fetchSingle("select current_setting('transaction_deferrable')")
                        .get(0, String.class));
    assertThat(deferrable).isEqualTo("on");
  }

  @Test
  void options_that_contradict_each_other_are_refused_by_name() {
    assertThatThrownBy(() -> Options.defaults().asDeferrable())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("deferrable")
        .hasMessageContaining("readOnly false");
    assertThatThrownBy(() -> Options.defaults().asReadOnly().withOperation("x"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("readOnly");
    assertThatThrownBy(() -> Options.defaults().withOperation(" "))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> Options.defaults().withOperation("x".repeat(201)))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> Options.defaults().withLockTimeout(Duration.ZERO))
        .isInstanceOf(UsageException.class);
  }
}
