package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/** What the next borrower of a pooled connection would meet. */
final class RawConnection {

  private RawConnection() {}

  /** Asserts that the only connection of the pool is free, idle and of no tenant. */
  static void isClean(Database database) throws SQLException {
    try (Connection connection = database.unwrap(DataSource.class).getConnection()) {
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(connection.unwrap(BaseConnection.class).getTransactionState())
          .isEqualTo(TransactionState.IDLE);
      try (Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "select coalesce(current_setting('app.current_tenant', true), '')")) {
        assertThat(row.next()).isTrue();
        assertThat(row.getString(1)).isEmpty();
      }
    }
  }
}
