package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was registered after a savepoint goes with it, also where SQL made it and returns to it. */
class RawSavepointsTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  private final List<String> events = new ArrayList<>();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "savepoint s | rollback to savepoint s",
        "SAVEPOINT S; | Rollback Work To s",
        "/* a */ savepoint /* b */ s -- c | rollback transaction to s; select 1",
        "savepoint \"odd \"\"name\" | rollback to \"odd \"\"name\"",
        "savepoint s; select 1 | select 1; rollback to s",
        "savepoint savepoint | rollback to savepoint savepoint"
      })
  void a_text_that_returns_to_a_savepoint_takes_its_actions_back(String made, String undone) {
    database
        .get()
        .transaction(
            transaction -> {
              register(transaction, "kept");
              transaction.sql().execute(made);
              register(transaction, "lost");
              transaction.sql().execute(undone);
              events.add("going on");
              register(transaction, "later");
            });
    assertThat(events)
        .containsExactly("lost undone", "going on", "kept committed", "later committed");
  }

  @Test
  void a_released_savepoint_keeps_its_actions() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "kept");
              transaction.sql().execute("release s");
            });
    assertThat(events).containsExactly("kept committed");
  }

  @Test
  void a_name_means_the_savepoint_that_was_made_last_until_that_is_released() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "first");
              transaction.sql().execute("savepoint s");
              register(transaction, "second");
              transaction.sql().execute("rollback to s");
              register(transaction, "third");
              transaction.sql().execute("rollback to s");
              assertThat(events).containsExactly("second undone", "third undone");
              transaction.sql().execute("release savepoint s");
              transaction.sql().execute("rollback to s");
            });
    assertThat(events).containsExactly("second undone", "third undone", "first undone");
  }

  @Test
  void texts_and_savepoints_of_jdbc_are_those_of_one_transaction() {
    database
        .get()
        .transaction(
            transaction -> {
              Savepoint outer = transaction.jdbc(connection -> connection.setSavepoint("Outer"));
              register(transaction, "one");
              transaction.sql().execute("savepoint inner_one");
              register(transaction, "two");
              transaction.sql().execute("rollback to \"Outer\"");
              register(transaction, "three");
              transaction.jdbc(
                  connection -> {
                    connection.rollback(outer);
                    return true;
                  });
              assertThatThrownBy(() -> transaction.sql().execute("rollback to inner_one"))
                  .isInstanceOf(TenonException.class);
              transaction.sql().execute("rollback to \"Outer\"");
            });
    assertThat(events).containsExactly("one undone", "two undone", "three undone");
  }

  @Test
  void a_savepoint_of_the_session_is_one_of_them_too() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              transaction.savepoint(inner -> register(inner, "inner"));
              transaction
                  .sql()
                  .transaction(nested -> nested.dsl().execute("savepoint of_jooqs_nested"));
              transaction.sql().execute("rollback to s");
            });
    assertThat(events).containsExactly("inner undone");
  }

  @Test
  void a_static_statement_and_a_batch_are_heeded_and_each_text_once() {
    database
        .get()
        .transaction(
            transaction -> {
              register(transaction, "kept");
              transaction.jdbc(
                  connection -> {
                    try (Statement statement = connection.createStatement()) {
                      statement.execute("savepoint s");
                      register(transaction, "one");
                      statement.execute("rollback to s");
                      register(transaction, "two");
                      statement.addBatch("select set_config('app.x', '1', true)");
                      statement.addBatch("savepoint t");
                      statement.executeBatch();
                    }
                    return true;
                  });
              transaction.sql().execute("rollback to s");
              transaction.sql().execute("savepoint s");
              register(transaction, "three");
              transaction.jdbc(
                  connection -> {
                    try (Statement statement = connection.createStatement()) {
                      statement.addBatch("rollback to s");
                      statement.executeBatch();
                    }
                    return true;
                  });
            });
    assertThat(events)
        .containsExactly("one undone", "two undone", "three undone", "kept committed");
  }

  @Test
  void a_text_that_failed_behind_its_savepoint_has_made_it() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "kept");
              assertThatThrownBy(() -> transaction.sql().execute("savepoint s; select 1/0"))
                  .isInstanceOf(InvalidDataException.class);
              register(transaction, "lost");
              assertThatThrownBy(() -> transaction.sql().execute("savepoint s; select 1"))
                  .isInstanceOf(TenonException.class);
              transaction.sql().execute("rollback to s");
              transaction.sql().execute("release s");
            });
    assertThat(events).containsExactly("lost undone", "kept committed");
  }

  @Test
  void a_text_that_failed_before_it_returned_has_taken_nothing_back() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "one");
              transaction.sql().execute("savepoint t");
              register(transaction, "two");
              assertThatThrownBy(() -> transaction.sql().execute("select 1/0; rollback to s"))
                  .isInstanceOf(InvalidDataException.class);
              assertThatThrownBy(() -> transaction.sql().execute("rollback to nowhere; select 1"))
                  .isInstanceOf(TenonException.class);
              assertThat(events).isEmpty();
              transaction.sql().execute("rollback to t");
            });
    assertThat(events).containsExactly("two undone", "one committed");
  }

  @Test
  void a_connection_that_is_lost_behind_a_savepoint_is_told_as_that() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          register(transaction, "lost");
                          transaction
                              .sql()
                              .execute(
                                  "savepoint s; select pg_terminate_backend(pg_backend_pid())");
                        }))
        .isInstanceOf(RetryableException.class);
    assertThat(events).containsExactly("lost undone");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1; savepoint s; select 2",
        "savepoint s; select 1; release s; select 1",
        "savepoint U&\"\\0073\"",
        "savepoint s t",
        "rollback to"
      })
  void refuses_a_text_of_which_nobody_could_tell_what_it_undid(String text) {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              assertThatThrownBy(() -> transaction.sql().execute(text))
                  .isInstanceOf(UsageException.class)
                  .hasMessageContaining("Transaction.savepoint");
              assertThat(transaction.sql().fetchSingle(DSL.select(DSL.inline(1))).value1())
                  .isEqualTo(1);
            });
  }

  private void register(Transaction transaction, String name) {
    transaction.afterCommit(() -> events.add(name + " committed"));
    transaction.afterRollback(() -> events.add(name + " undone"));
  }
}
