package dev.tenon.core.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Ends a failed unit of work; the pool does not, because it sees a connection in autocommit mode.
 */
record RollingBack(Engine engine, Connection connection) implements FramedStatement.Outcome {

  @Override
  public void succeeded(Frame sent) {}

  @Override
  public void failed(SQLException error) {
    if (SqlStates.isConnectionLost(error)) {
      engine.connections().evict(connection);
      return;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("rollback");
    } catch (SQLException rollback) {
      error.addSuppressed(rollback);
      engine.connections().evict(connection);
    }
  }
}
