package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.BOLT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Descriptions ask the server, so what is kept of one would ask on somebody else's connection. */
class KeptMetaDataTest {

  @RegisterExtension final Fleet fleet = new Fleet();

  private final List<ResultSetMetaData> rows = new ArrayList<>();
  private final List<DatabaseMetaData> databases = new ArrayList<>();

  @Test
  void answers_during_the_loan() {
    keep(fleet.tenants().as(ACME));
    assertThat(rows).hasSize(2);
    assertThat(databases).hasSize(1);
  }

  @Test
  void is_refused_after_a_unit_of_work() {
    keep(fleet.tenants().as(ACME));
    isRefusedInAnotherTransaction();
  }

  @Test
  void is_refused_after_a_transaction() {
    fleet.tenants().as(ACME).transaction(this::keep);
    isRefusedInAnotherTransaction();
  }

  @Test
  void a_statement_may_be_closed_and_printed_late_but_not_executed() throws SQLException {
    List<Statement> kept = new ArrayList<>();
    fleet.tenants().as(ACME).jdbc(connection -> kept.add(connection.createStatement()));
    Statement statement = kept.get(0);
    isRefused(() -> statement.execute("select 1"));
    assertThat(statement.toString()).isNotNull();
    statement.close();
    assertThat(statement.isClosed()).isTrue();
  }

  private void isRefusedInAnotherTransaction() {
    fleet
        .tenants()
        .as(BOLT)
        .transaction(
            transaction -> {
              isRefused(() -> rows.get(0).isNullable(1));
              isRefused(() -> rows.get(1).isNullable(1));
              isRefused(() -> databases.get(0).getTables(null, "public", "%", null));
              assertThat(transaction.sql().fetchValue("select 7")).isEqualTo(7);
            });
  }

  private void keep(Session session) {
    session.jdbc(
        connection -> {
          databases.add(connection.getMetaData());
          try (PreparedStatement statement = connection.prepareStatement("select id from hosts");
              ResultSet result = statement.executeQuery()) {
            rows.add(result.getMetaData());
            rows.add(statement.getMetaData());
          }
          assertThat(rows.get(0).isNullable(1)).isEqualTo(ResultSetMetaData.columnNoNulls);
          assertThat(rows.get(1).getColumnName(1)).isEqualTo("id");
          return databases.get(0).getDatabaseMajorVersion();
        });
  }

  private static void isRefused(ThrowingCallable use) {
    assertThatThrownBy(use)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("was used after its loan");
  }
}
