package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.PreparedStatement;
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
        "/* a */ savepoint /* b */ s -- c | rollback /* d */ transaction /**/ to /**/ s; ",
        "savepoint \"odd \"\"name\" | rollback to \"odd \"\"name\"",
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
  void a_static_statement_is_heeded() {
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
                      statement.executeUpdate("rollback to s");
                      register(transaction, "two");
                      statement.executeLargeUpdate("rollback to s");
                    }
                    return true;
                  });
            });
    assertThat(events).containsExactly("one undone", "two undone", "kept committed");
  }

  @Test
  void a_prepared_statement_is_heeded_each_time_it_runs() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              transaction.jdbc(
                  connection -> {
                    try (PreparedStatement undo = connection.prepareStatement("rollback to s")) {
                      for (int i = 0; i < 7; i++) {
                        register(transaction, "work " + i);
                        undo.execute();
                      }
                    }
                    return true;
                  });
            });
    assertThat(events).hasSize(7).allMatch(event -> event.endsWith("undone"));
  }

  @Test
  void a_static_statement_returns_where_a_setting_was_to_go_ahead_in_a_failed_transaction() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "lost");
              assertThatThrownBy(() -> transaction.sql().execute("select 1/0"))
                  .isInstanceOf(InvalidDataException.class);
              transaction
                  .withSetting("work_mem", "64MB")
                  .jdbc(
                      connection -> {
                        try (Statement statement = connection.createStatement()) {
                          return statement.execute("rollback to s");
                        }
                      });
            });
    assertThat(events).containsExactly("lost undone");
  }

  @Test
  void a_setting_that_the_server_refuses_ahead_of_a_savepoint_leaves_none() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "lost");
              transaction.sql().execute("savepoint inner_one");
              Transaction wrong = transaction.withSetting("work_mem", "lots");
              assertThatThrownBy(() -> wrong.sql().execute("savepoint s"))
                  .isInstanceOf(TenonException.class);
              transaction.sql().execute("rollback to inner_one");
              transaction.sql().execute("rollback to s");
            });
    assertThat(events).containsExactly("lost undone");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "savepoint s; select 1",
        "select 1; rollback to s",
        "select 1; savepoint s; select 2",
        "savepoint s; release s",
        "savepoint s; select ?",
        "savepoint U&\"\\0073\"",
        "savepoint s t",
        "savepoint ?",
        "rollback to"
      })
  void a_text_is_one_statement_of_its_own(String text) {
    refuses(transaction -> transaction.sql().execute(text));
    refuses(transaction -> transaction.jdbc(connection -> connection.prepareStatement(text)));
    refuses(
        transaction -> transaction.jdbc(connection -> connection.createStatement().execute(text)));
    refuses(
        transaction ->
            transaction.jdbc(connection -> connection.createStatement().executeUpdate(text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"savepoint s", "rollback to s", "release s", "/**/ rollback work to s;"})
  void a_text_is_run_by_execute_or_executeUpdate_only(String text) {
    refuses(
        transaction ->
            transaction.jdbc(connection -> connection.createStatement().executeQuery(text)));
    refuses(
        transaction ->
            transaction.jdbc(connection -> connection.prepareStatement(text).executeQuery()));
    refuses(transaction -> transaction.jdbc(connection -> connection.prepareCall(text).execute()));
    refuses(
        transaction -> transaction.jdbc(connection -> connection.prepareCall(text).executeQuery()));
    refuses(
        transaction ->
            transaction.jdbc(
                connection ->
                    connection
                        .createStatement()
                        .executeUpdate(text, Statement.RETURN_GENERATED_KEYS)));
    refuses(
        transaction ->
            transaction.jdbc(
                connection ->
                    connection
                        .prepareStatement(text, Statement.RETURN_GENERATED_KEYS)
                        .executeUpdate()));
    refuses(
        transaction ->
            transaction.jdbc(
                connection -> {
                  connection.createStatement().addBatch(text);
                  return true;
                }));
    refuses(
        transaction ->
            transaction.jdbc(
                connection -> {
                  connection.prepareStatement(text).addBatch();
                  return true;
                }));
  }

  @Test
  void a_batch_that_was_cleared_took_nothing_back() {
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "kept");
              transaction.jdbc(
                  connection -> {
                    try (PreparedStatement undo = connection.prepareStatement("rollback to s")) {
                      undo.clearBatch();
                      return undo.executeBatch();
                    }
                  });
            });
    assertThat(events).containsExactly("kept committed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rollback to nowhere", "release nowhere", "rollback to s2", "release \"S\""})
  void a_name_that_nobody_gave_is_refused_before_it_is_sent(String text) {
    refuses(transaction -> transaction.sql().execute(text));
    refuses(
        transaction -> transaction.jdbc(connection -> connection.createStatement().execute(text)));
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
                          transaction.sql().execute("savepoint s");
                          transaction
                              .sql()
                              .execute("select pg_terminate_backend(pg_backend_pid())");
                        }))
        .isInstanceOf(RetryableException.class);
    assertThat(events).containsExactly("lost undone");
  }

  /** Nothing was sent: the transaction goes on, with its savepoint and its actions. */
  private void refuses(Transaction.Action<?> use) {
    events.clear();
    database
        .get()
        .transaction(
            transaction -> {
              transaction.sql().execute("savepoint s");
              register(transaction, "lost");
              transaction.sql().execute("savepoint s2");
              transaction.sql().execute("release s2");
              assertThatThrownBy(() -> use.run(transaction))
                  .isInstanceOf(UsageException.class)
                  .hasMessageContaining("Transaction.savepoint");
              assertThat(transaction.sql().fetchSingle(DSL.select(DSL.inline(1))).value1())
                  .isEqualTo(1);
              assertThat(events).isEmpty();
              transaction.sql().execute("rollback to s");
            });
    assertThat(events).containsExactly("lost undone");
  }

  private void register(Transaction transaction, String name) {
    transaction.afterCommit(() -> events.add(name + " committed"));
    transaction.afterRollback(() -> events.add(name + " undone"));
  }
}
