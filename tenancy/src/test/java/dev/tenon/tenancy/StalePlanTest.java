package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Retry;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.tenancy.Fleet.Host;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Statements that the server has prepared while a migration changes what they return. */
class StalePlanTest {

  private static final String ALL = "select * from hosts";
  private static final int UNTIL_PREPARED = 10;

  @RegisterExtension final Fleet fleet = new Fleet();

  private TenantSession acme;

  @BeforeEach
  void has_one_host_and_a_prepared_statement() {
    acme = fleet.tenants().as(ACME);
    REPOSITORY.insert(acme, Host.named("alpha"));
    for (int i = 0; i < UNTIL_PREPARED; i++) {
      assertThat(columns(acme)).isEqualTo(4);
      acme.transaction(transaction -> assertThat(columns(transaction)).isEqualTo(4));
    }
  }

  @Test
  void a_statement_alone_runs_once_more_and_succeeds() {
    addColumn();
    assertThat(columns(acme)).isEqualTo(5);
  }

  @Test
  void a_cursor_alone_runs_once_more_and_succeeds() {
    for (int i = 0; i < UNTIL_PREPARED; i++) {
      assertThat(columns(acme, 1)).isEqualTo(4);
    }
    addColumn();
    assertThat(columns(acme, 1)).isEqualTo(5);
  }

  @Test
  void a_transaction_says_that_it_can_be_run_again() {
    addColumn();
    assertThatThrownBy(() -> acme.transaction(StalePlanTest::columns))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("run the whole unit of work again");
    acme.transaction(transaction -> assertThat(columns(transaction)).isEqualTo(5));
  }

  @Test
  void a_repeatable_transaction_runs_again_by_itself() {
    addColumn();
    Transaction.Options repeatable = Transaction.Options.defaults().repeatable(Retry.conflicts(2));
    assertThat(
            acme.<Integer, RuntimeException>transactionResult(repeatable, StalePlanTest::columns))
        .isEqualTo(5);
  }

  private static int columns(Session session) {
    return columns(session, 0);
  }

  private static int columns(Session session, int fetchSize) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            statement.setFetchSize(fetchSize);
            try (ResultSet rows = statement.executeQuery()) {
              assertThat(rows.next()).isTrue();
              return rows.getMetaData().getColumnCount();
            }
          }
        });
  }

  private void addColumn() {
    try (Database owner = Fleet.open(fleet.made(), fleet.made().owner(), 1)) {
      owner.sql().execute("alter table hosts add column rack text");
    }
  }
}
