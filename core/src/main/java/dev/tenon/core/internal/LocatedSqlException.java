package dev.tenon.core.internal;

import java.sql.SQLException;

/** An error of the driver or the server, with the operation whose statement it ended. */
public final class LocatedSqlException extends SQLException {

  private static final long serialVersionUID = 1L;

  private final String operation;
  private final SQLException error;

  public LocatedSqlException(String operation, SQLException error) {
    super(error.getMessage(), error.getSQLState(), error);
    this.operation = operation;
    this.error = error;
  }

  String operation() {
    return operation;
  }

  SQLException error() {
    return error;
  }
}
