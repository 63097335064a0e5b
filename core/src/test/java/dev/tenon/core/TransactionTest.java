package dev.tenon.core;

import static dev.tenon.core.Hosts.HOSTS;
import static dev.tenon.core.Hosts.ID;
import static dev.tenon.core.Hosts.NAME;
import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import dev.tenon.core.Transaction.Options.Isolation;
import dev.tenon.core.internal.FramedSession;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TransactionTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void commits_what_the_callback_wrote_and_returns_its_result() {
    Host host = Host.named("alpha");
    String result =
        database
            .get()
            .transactionResult(
                transaction -> {
                  REPOSITORY.insert(transaction, host);
                  return "done";
                });
    assertThat(result).isEqualTo("done");
    assertThat(REPOSITORY.find(database.get(), host.id())).isPresent();
  }

  @Test
  void rolls_back_and_throws_the_callers_own_checked_exception() {
    Host host = Host.named("alpha");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          REPOSITORY.insert(transaction, host);
                          throw new IOException("disk");
                        }))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("disk");
    assertThat(REPOSITORY.find(database.get(), host.id())).isEmpty();
  }

  @Test
  void an_inner_transaction_joins_the_outer_one() {
    Host host = Host.named("alpha");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        outer -> {
                          outer.transaction(inner -> REPOSITORY.insert(inner, host));
                          throw new IllegalStateException("outer");
                        }))
        .hasMessage("outer");
    assertThat(REPOSITORY.find(database.get(), host.id())).isEmpty();
  }

  @Test
  void options_inside_a_transaction_are_refused() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        outer ->
                            outer.transaction(
                                Transaction.Options.defaults().asReadOnly(), inner -> {})))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void runs_at_the_isolation_level_asked_for() {
    for (Isolation level : Isolation.values()) {
      String actual =
          database
              .get()
              .transactionResult(
                  Transaction.Options.defaults().withIsolation(level),
                  transaction -> {
                    transaction.sql().fetchCount(HOSTS);
                    return String.valueOf(
                        transaction
                            .sql()
                            .fetchValue("select current_setting('transaction_isolation')"));
                  });
      assertThat(actual).isEqualTo(level.sql());
    }
  }

  @Test
  void a_serialization_conflict_is_retryable() {
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        Transaction.Options.defaults().withIsolation(Isolation.REPEATABLE_READ),
                        transaction -> {
                          REPOSITORY.get(transaction, host.id());
                          REPOSITORY.update(database.get(), host.withCores(1));
                          REPOSITORY.update(transaction, host.withCores(2));
                        }))
        .isInstanceOf(RetryableException.class);
  }

  @Test
  void a_read_only_transaction_refuses_writes_and_leaves_the_connection_writable() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        Transaction.Options.defaults().asReadOnly(),
                        transaction -> REPOSITORY.insert(transaction, Host.named("alpha"))))
        .isInstanceOf(TenonException.class)
        .satisfies(error -> assertThat(((TenonException) error).sqlState()).contains("25006"));
    REPOSITORY.insert(database.get(), Host.named("alpha"));
  }

  @Test
  void ends_a_transaction_that_lasts_longer_than_its_timeout() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        Transaction.Options.defaults().withTimeout(Duration.ofMillis(100)),
                        transaction -> transaction.sql().fetch("select pg_sleep(5)")))
        .isInstanceOf(TenonException.class);
    assertThat(database.get().sql().fetchValue("select 1")).isEqualTo(1);
  }

  @Test
  void after_commit_runs_once_and_in_order_after_the_commit() {
    List<String> events = new ArrayList<>();
    Host host = Host.named("alpha");
    database
        .get()
        .transaction(
            transaction -> {
              transaction.afterCommit(
                  () -> events.add(REPOSITORY.get(database.get(), host.id()).name()));
              transaction.afterCommit(() -> events.add("second"));
              REPOSITORY.insert(transaction, host);
              events.add("written");
            });
    assertThat(events).containsExactly("written", "alpha", "second");
  }

  @Test
  void after_commit_never_runs_after_a_rollback() {
    List<String> events = new ArrayList<>();
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          transaction.afterCommit(() -> events.add("ran"));
                          throw new IllegalStateException("no");
                        }))
        .hasMessage("no");
    assertThat(events).isEmpty();
  }

  @Test
  void an_after_commit_action_that_throws_stops_neither_the_caller_nor_the_next_action() {
    List<String> events = new ArrayList<>();
    database
        .get()
        .transaction(
            transaction -> {
              transaction.afterCommit(
                  () -> {
                    throw new AssertionError("hook");
                  });
              transaction.afterCommit(() -> events.add("next"));
            });
    assertThat(events).containsExactly("next");
  }

  @Test
  void a_deferred_constraint_that_fails_at_commit_is_reported_and_nothing_is_written() {
    database
        .get()
        .sql()
        .execute("alter table hosts add unique (cores) deferrable initially deferred");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          REPOSITORY.insert(transaction, Host.named("alpha"));
                          REPOSITORY.insert(transaction, Host.named("beta"));
                        }))
        .isInstanceOf(InvalidDataException.class);
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void a_swallowed_error_does_not_commit_half_the_work() {
    Host host = Host.named("alpha");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          REPOSITORY.insert(transaction, host);
                          assertThatThrownBy(() -> REPOSITORY.insert(transaction, host))
                              .isInstanceOf(InvalidDataException.class);
                        }))
        .isInstanceOf(TenonException.class);
    assertThat(REPOSITORY.find(database.get(), host.id())).isEmpty();
  }

  @Test
  void what_must_also_run_when_the_outcome_is_unknown_runs_once() {
    List<String> events = new ArrayList<>();
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          transaction.afterCommit(() -> events.add("committed"));
                          FramedSession.afterCommitOrUnknown(
                              transaction, () -> events.add("committed or unknown"));
                          Object backend = transaction.sql().fetchValue("select pg_backend_pid()");
                          database.get().sql().fetch("select pg_terminate_backend(?)", backend);
                        }))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(events).containsExactly("committed or unknown");
  }

  @Test
  void a_commit_whose_connection_was_killed_is_unknown() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          REPOSITORY.insert(transaction, Host.named("alpha"));
                          Object backend = transaction.sql().fetchValue("select pg_backend_pid()");
                          database.get().sql().fetch("select pg_terminate_backend(?)", backend);
                        }))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(database.get().sql().fetchValue("select 1")).isEqualTo(1);
  }

  @Test
  void a_transaction_cannot_be_used_after_its_callback() {
    Transaction escaped = database.get().transactionResult(transaction -> transaction);
    assertThatThrownBy(escaped::sql)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has ended");
  }

  @Test
  void the_connection_on_loan_refuses_to_end_its_transaction() {
    database
        .get()
        .transaction(
            transaction ->
                assertThatThrownBy(
                        () ->
                            transaction.jdbc(
                                connection -> {
                                  connection.commit();
                                  return true;
                                }))
                    .isInstanceOf(UsageException.class));
  }

  @Test
  void a_batch_runs_as_the_first_work_of_a_transaction() {
    database
        .get()
        .transaction(
            Transaction.Options.defaults().withIsolation(Isolation.SERIALIZABLE),
            transaction ->
                transaction
                    .withSetting("app.actor", "batch")
                    .sql()
                    .batch(
                        "insert into hosts values (gen_random_uuid(), current_setting('app.actor'),"
                            + " 1, now(), 1)",
                        "insert into hosts values (gen_random_uuid(), 'second', 1, now(), 1)")
                    .execute());
    assertThat(database.get().sql().select(NAME).from(HOSTS).orderBy(NAME).fetch(NAME))
        .containsExactly("batch", "second");
  }

  @Test
  void a_batch_outside_a_transaction_is_all_or_nothing() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .withSetting("app.actor", "x")
                    .sql()
                    .batch(
                        "insert into hosts values (gen_random_uuid(), 'a', 1, now(), 1)",
                        "insert into hosts values (gen_random_uuid(), 'a', 1, now(), 1)")
                    .execute())
        .isInstanceOf(InvalidDataException.class);
    assertThat(database.get().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void a_setting_ends_with_its_statement_also_inside_a_transaction() {
    String question = "select coalesce(current_setting('app.actor', true), '')";
    database
        .get()
        .transaction(
            transaction -> {
              assertThat(transaction.withSetting("app.actor", "ann").sql().fetchValue(question))
                  .isEqualTo("ann");
              assertThat(transaction.sql().fetchValue(question)).isEqualTo("");
            });
    assertThat(database.get().withSetting("app.actor", "bob").sql().fetchValue(question))
        .isEqualTo("bob");
    assertThat(database.get().sql().fetchValue(question)).isEqualTo("");
  }

  @Test
  void refuses_to_change_the_tenant_through_a_setting() {
    assertThatThrownBy(() -> database.get().withSetting(TenantId.SETTING, "x"))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(
            () -> database.get().transaction(tx -> tx.withSetting(TenantId.SETTING, "x")))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void a_name_that_is_no_setting_is_refused() {
    assertThatThrownBy(() -> database.get().withSetting("a', 'b', true); --", "x"))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void one_prepared_statement_can_run_many_times_at_a_level_of_its_own() {
    database
        .get()
        .transaction(
            Transaction.Options.defaults().withIsolation(Isolation.SERIALIZABLE),
            transaction -> {
              for (int i = 0; i < 20; i++) {
                REPOSITORY.insert(transaction, Host.named("host " + i));
              }
            });
    assertThat(database.get().sql().fetchCount(HOSTS, ID.isNotNull())).isEqualTo(20);
  }
}
