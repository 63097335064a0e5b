package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.HOSTS;
import static dev.tenon.tenancy.Fleet.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.Fleet.Host;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the server has been told ends with the savepoint that it was told after. */
class SavepointTest {

  private static final String SHOW = "select current_setting('work_mem')";

  @RegisterExtension final Fleet fleet = new Fleet();

  @Test
  void a_setting_sent_after_a_savepoint_is_sent_again_once_that_is_rolled_back() {
    acme()
        .transaction(
            transaction -> {
              Transaction tuned = transaction.withSetting("work_mem", "64MB");
              transaction
                  .sql()
                  .connection(
                      connection -> {
                        Savepoint savepoint = connection.setSavepoint();
                        assertThat(workMemory(tuned)).isEqualTo("64MB");
                        connection.rollback(savepoint);
                      });
              assertThat(workMemory(tuned)).isEqualTo("64MB");
            });
  }

  @Test
  void sql_returns_to_a_savepoint_after_an_error_where_a_setting_would_be_taken_back() {
    acme()
        .transaction(
            transaction -> {
              String before = workMemory(transaction);
              transaction.sql().execute("savepoint here");
              workMemory(transaction.withSetting("work_mem", "64MB"));
              assertThatThrownBy(() -> transaction.sql().execute("select 1 / 0"));
              transaction.sql().execute("rollback to savepoint here");
              assertThat(workMemory(transaction)).isEqualTo(before);
            });
  }

  @Test
  void a_setting_taken_back_after_a_savepoint_is_taken_back_again_once_that_is_rolled_back() {
    acme()
        .transaction(
            transaction -> {
              String before = workMemory(transaction);
              workMemory(transaction.withSetting("work_mem", "64MB"));
              transaction
                  .withSetting("work_mem", "64MB")
                  .jdbc(
                      connection -> {
                        Savepoint savepoint = connection.setSavepoint("here");
                        assertThat(workMemory(transaction)).isEqualTo(before);
                        connection.rollback(savepoint);
                        return true;
                      });
              assertThat(workMemory(transaction)).isEqualTo(before);
            });
  }

  @Test
  void a_setting_sent_after_a_savepoint_that_was_released_is_still_known() {
    acme()
        .transaction(
            transaction -> {
              Transaction tuned = transaction.withSetting("work_mem", "64MB");
              String before = workMemory(transaction);
              transaction.jdbc(
                  connection -> {
                    Savepoint savepoint = connection.setSavepoint();
                    assertThat(workMemory(tuned)).isEqualTo("64MB");
                    connection.releaseSavepoint(savepoint);
                    return true;
                  });
              assertThat(workMemory(transaction)).isEqualTo(before);
              assertThat(workMemory(tuned)).isEqualTo("64MB");
            });
  }

  @Test
  void a_savepoint_made_and_rolled_back_in_sql_loses_no_setting() {
    for (String rollback :
        List.of(
            "rollback to savepoint s",
            " ROLLBACK TO s",
            "/* undo */ Rollback Work To Savepoint s")) {
      acme()
          .transaction(
              transaction -> {
                Transaction tuned = transaction.withSetting("work_mem", "64MB");
                String before = workMemory(transaction);
                transaction.sql().execute("savepoint s");
                assertThat(workMemory(tuned)).isEqualTo("64MB");
                tuned.sql().execute(rollback);
                assertThat(workMemory(tuned)).as(rollback).isEqualTo("64MB");
                assertThat(workMemory(transaction)).as(rollback).isEqualTo(before);
                assertThat(transaction.sql().fetchCount(HOSTS)).isZero();
              });
    }
  }

  @Test
  void a_statement_that_is_kept_runs_under_the_settings_it_was_made_with() {
    acme()
        .transaction(
            transaction -> {
              String before = workMemory(transaction);
              transaction
                  .withSetting("work_mem", "64MB")
                  .jdbc(
                      connection -> {
                        try (PreparedStatement kept =
                            connection.prepareStatement(SHOW + " || ?::text")) {
                          kept.setString(1, "!");
                          for (int i = 0; i < 8; i++) {
                            assertThat(first(kept.executeQuery())).isEqualTo("64MB!");
                            assertThat(workMemory(transaction)).isEqualTo(before);
                            Session other = transaction.withSetting("work_mem", "32MB");
                            assertThat(workMemory(other)).isEqualTo("32MB");
                          }
                        }
                        return true;
                      });
            });
  }

  @Test
  void a_nested_transaction_of_jooq_is_a_savepoint() {
    Host kept = Host.named("kept");
    Host deep = Host.named("deep");
    Host undone = Host.named("undone");
    List<String> events = new ArrayList<>();
    acme()
        .transaction(
            transaction -> {
              DSLContext sql = transaction.withSetting("work_mem", "64MB").sql();
              sql.transaction(
                  nested -> {
                    REPOSITORY.insert(transaction, kept);
                    nested.dsl().transaction(deeper -> REPOSITORY.insert(transaction, deep));
                    transaction.afterCommit(() -> events.add("kept"));
                  });
              assertThatThrownBy(
                      () ->
                          sql.transaction(
                              nested -> {
                                REPOSITORY.insert(transaction, undone);
                                transaction.afterCommit(() -> events.add("undone"));
                                nested.dsl().execute("select 1/0");
                              }))
                  .hasMessageContaining("division by zero");
              assertThat(workMemory(transaction.withSetting("work_mem", "64MB"))).isEqualTo("64MB");
            });
    assertThat(REPOSITORY.find(acme(), kept.id())).isPresent();
    assertThat(REPOSITORY.find(acme(), deep.id())).isPresent();
    assertThat(REPOSITORY.find(acme(), undone.id())).isEmpty();
    assertThat(events).containsExactly("kept");
  }

  @Test
  void a_nested_transaction_of_jooq_outside_a_transaction_is_refused_and_points_the_way() {
    for (Session session : List.of(acme(), fleet.database())) {
      assertThatThrownBy(
              () -> session.sql().transaction(nested -> nested.dsl().execute("select 1")))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("session.transaction(");
      assertThatThrownBy(() -> session.jdbc(connection -> connection.setSavepoint()))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("session.transaction(");
    }
    assertThat(acme().sql().fetchCount(HOSTS)).isZero();
  }

  private static String workMemory(Session session) {
    return String.valueOf(session.sql().fetchValue(SHOW));
  }

  private static String first(ResultSet rows) throws SQLException {
    assertThat(rows.next()).isTrue();
    return rows.getString(1);
  }

  private TenantSession acme() {
    return fleet.tenants().as(ACME);
  }
}
