package dev.tenon.core.internal;

import dev.tenon.core.Session;
import java.sql.SQLException;

/** An error of the driver or the server, with the operation whose statement it ended. */
public final class LocatedSqlException extends SQLException {

  private static final long serialVersionUID = 1L;

  private final String operation;
  private final SQLException error;

  private LocatedSqlException(String operation, SQLException error) {
    super(error.getMessage(), error.getSQLState(), error);
    this.operation = operation;
    this.error = error;
  }

  /** Work whose errors say what statement they ended. */
  public static <R> Session.JdbcWork<R> locating(String operation, Session.JdbcWork<R> work) {
    return connection -> {
      try {
        return work.run(connection);
      } catch (SQLException error) {
        throw new LocatedSqlException(operation, error);
      }
    };
  }

  String operation() {
    return operation;
  }

  SQLException error() {
    return error;
  }
}
