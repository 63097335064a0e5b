package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A prepared statement that is sent inside a {@link Frame} and shows only its own results.
 *
 * <p>The frame's settings are bound at each execution and its results skipped. Settings are
 * transaction-local and idempotent, so executing the statement again sets them again, to the same
 * effect.
 */
final class FramedStatement extends ShiftedStatement {

  private final Frame frame;
  private final Outcome outcome;

  /** Who is told how an execution went. */
  interface Outcome {

    /** The statement ran, and with it the settings of its frame. */
    void succeeded(Frame frame);

    /**
     * The server or the connection refused; the connection must be made clean before the error
     * leaves.
     */
    void failed(SQLException error);
  }

  FramedStatement(PreparedStatement delegate, Connection connection, Frame frame, Outcome outcome) {
    super(delegate, connection, frame.settings().size());
    this.frame = frame;
    this.outcome = outcome;
  }

  @Override
  public boolean execute() throws SQLException {
    PreparedStatement statement = getDelegatePreparedStatement();
    try {
      frame.settings().bind(statement);
      boolean isResultSet = statement.execute();
      for (int i = frame.resultsBefore(); i > 0; i--) {
        isResultSet = statement.getMoreResults();
      }
      outcome.succeeded(frame);
      return isResultSet;
    } catch (SQLException error) {
      outcome.failed(error);
      throw error;
    }
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    if (!execute()) {
      throw new SQLException("the statement returned no rows", "02000");
    }
    return getDelegatePreparedStatement().getResultSet();
  }

  @Override
  public int executeUpdate() throws SQLException {
    return Math.toIntExact(executeLargeUpdate());
  }

  @Override
  public long executeLargeUpdate() throws SQLException {
    if (execute()) {
      throw new SQLException("the statement returned rows where a count was expected", "0100E");
    }
    return getDelegatePreparedStatement().getLargeUpdateCount();
  }

  @Override
  public void addBatch() {
    throw batch();
  }

  @Override
  public void addBatch(@Nullable String sql) {
    throw batch();
  }

  static UsageException batch() {
    return new UsageException(
        Problem.what("a batch was started outside a transaction")
            .where("Session.jdbc or Session.sql")
            .why(
                "each execution outside a transaction is a unit of work of its own, so a batch would be torn")
            .fix("run it in session.transaction(transaction -> …)"));
  }
}
