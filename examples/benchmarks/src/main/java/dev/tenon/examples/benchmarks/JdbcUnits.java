package dev.tenon.examples.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;

/** Transactions of hand-written JDBC, and the usual ways to tell them the tenant. */
record JdbcUnits(DataSource pool) {

  /** What is done in one. */
  @FunctionalInterface
  interface Work<T> {
    T in(Connection connection) throws SQLException;
  }

  /** No tenancy. */
  <T> T transaction(Work<T> work) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return transaction(connection, work);
    }
  }

  /** A transaction whose first statement sets the tenant. */
  <T> T setLocal(UUID tenant, Work<T> work) throws SQLException {
    return transaction(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("set local app.current_tenant = '" + tenant + "'");
          }
          return work.in(connection);
        });
  }

  /**
   * As Hibernate's connection provider for tenants is usually written: the session is told the
   * tenant when it is borrowed, and forgets it before it goes back. Unsafe behind a pooler of
   * transactions.
   */
  <T> T setReset(UUID tenant, Work<T> work) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set app.current_tenant = '" + tenant + "'");
      try {
        return transaction(connection, work);
      } finally {
        connection.setAutoCommit(true);
        statement.execute("reset app.current_tenant");
      }
    }
  }

  private static <T> T transaction(Connection connection, Work<T> work) throws SQLException {
    connection.setAutoCommit(false);
    try {
      T result = work.in(connection);
      connection.commit();
      return result;
    } catch (SQLException error) {
      connection.rollback();
      throw error;
    }
  }
}
