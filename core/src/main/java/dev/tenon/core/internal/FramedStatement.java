package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A prepared statement that is sent inside the {@link Frame} that its connection asks for at that
 * moment, and shows only its own results and its own description.
 *
 * <p>Its text is prepared with the frame that it most likely needs, and again with another one
 * where that proves wrong. Settings are transaction-local and idempotent, so executing it again
 * sets them again, to the same effect.
 */
final class FramedStatement extends RecordedStatement {

  private final FramedConnection connection;
  private final Preparation preparation;
  private final String sql;
  private Frame frame;
  private PreparedStatement single;
  private @Nullable PreparedStatement batch;
  private @Nullable PreparedStatement described;
  private boolean bindsToBatch;
  private boolean streams;
  private @Nullable FramedResults results;

  /** Prepares a text on the driver's connection, with the options that the caller asked for. */
  @FunctionalInterface
  interface Preparation {
    PreparedStatement prepare(String text) throws SQLException;
  }

  static FramedStatement prepare(
      FramedConnection connection, Preparation preparation, String sql, Frame frame)
      throws SQLException {
    String text = frame.around(sql, connection::requireFit);
    return new FramedStatement(connection, preparation, sql, frame, preparation.prepare(text));
  }

  private FramedStatement(
      FramedConnection connection,
      Preparation preparation,
      String sql,
      Frame frame,
      PreparedStatement single) {
    super(single, connection);
    this.connection = connection;
    this.preparation = preparation;
    this.sql = sql;
    this.frame = frame;
    this.single = single;
  }

  @Override
  public PreparedStatement getDelegateStatement() {
    return single;
  }

  @Override
  void bindNow(int index, Binding binding) throws SQLException {
    if (batch != null && bindsToBatch) {
      binding.to(batch, index);
    } else {
      binding.to(single, index + frame.settings().size());
    }
  }

  @Override
  public void clearParameters() throws SQLException {
    forgetBindings();
    single.clearParameters();
    if (batch != null) {
      batch.clearParameters();
    }
  }

  @Override
  public void setFetchSize(int rows) throws SQLException {
    super.setFetchSize(rows);
    streams = rows > 0;
  }

  @Override
  public boolean execute() throws SQLException {
    return run(streams);
  }

  private boolean run(boolean cursor) throws SQLException {
    results = null;
    long started = StatementWatch.start(connection.watch);
    SQLException failure = null;
    try {
      return runOrRunAgain(cursor);
    } catch (SQLException error) {
      failure = error;
      throw error;
    } finally {
      if (connection.watch != null) {
        connection.watch.ended(started, sql, failure, () -> BoundValues.of(this));
      }
    }
  }

  /** The driver runs a statement again whose plan is stale, but not one that is sent in a frame. */
  private boolean runOrRunAgain(boolean cursor) throws SQLException {
    try {
      return runOnce(cursor);
    } catch (SQLException error) {
      SQLException failure = connection.failed(error);
      if (connection.isUnitOfItsOwn() && SqlStates.isStalePlan(failure) && !connection.isClosed()) {
        return runOnceMore(cursor);
      }
      throw failure;
    }
  }

  private boolean runOnceMore(boolean cursor) throws SQLException {
    try {
      return runOnce(cursor);
    } catch (SQLException error) {
      throw connection.failed(error);
    }
  }

  private boolean runOnce(boolean cursor) throws SQLException {
    Frame wanted = cursor ? connection.cursorFrame(sql) : connection.frame(sql);
    carry(wanted);
    wanted.settings().bind(single);
    boolean isResultSet = single.execute();
    for (int i = wanted.resultsBefore(); i > 0; i--) {
      isResultSet = single.getMoreResults();
    }
    connection.succeeded(wanted);
    connection.executed(sql, single, cursor && isResultSet ? single.getResultSet() : null);
    return isResultSet;
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    connection.requireRunnable(sql, false);
    ResultSet rows = execute() ? getResultSet() : null;
    if (rows == null) {
      throw new SQLException("the statement returned no rows", "02000");
    }
    return rows;
  }

  @Override
  public int executeUpdate() throws SQLException {
    return Math.toIntExact(executeLargeUpdate());
  }

  @Override
  public long executeLargeUpdate() throws SQLException {
    if (run(false)) {
      throw new SQLException("the statement returned rows where a count was expected", "0100E");
    }
    return getLargeUpdateCount();
  }

  @Override
  public void addBatch() throws SQLException {
    connection.requireRunnable(sql, false);
    PreparedStatement many = batch;
    if (many == null) {
      many = preparation.prepare(sql);
      many.setQueryTimeout(single.getQueryTimeout());
      batch = many;
    }
    if (!bindsToBatch) {
      bindAgain(many, 0);
      bindsToBatch = true;
    }
    many.addBatch();
  }

  @Override
  public void clearBatch() throws SQLException {
    if (batch != null) {
      batch.clearBatch();
    }
  }

  @Override
  public int[] executeBatch() throws SQLException {
    PreparedStatement many = batch;
    return many == null ? new int[0] : connection.ahead(true, sql, many::executeBatch, many);
  }

  @Override
  public long[] executeLargeBatch() throws SQLException {
    PreparedStatement many = batch;
    return many == null ? new long[0] : connection.ahead(true, sql, many::executeLargeBatch, many);
  }

  @Override
  public @Nullable ResultSet getResultSet() throws SQLException {
    ResultSet rows = results == null ? single.getResultSet() : results.rows();
    return rows == null ? null : wrap(rows);
  }

  @Override
  public long getLargeUpdateCount() throws SQLException {
    return results == null ? single.getLargeUpdateCount() : results.count();
  }

  @Override
  public int getUpdateCount() throws SQLException {
    return Math.toIntExact(getLargeUpdateCount());
  }

  @Override
  public boolean getMoreResults() throws SQLException {
    return getMoreResults(CLOSE_CURRENT_RESULT);
  }

  @Override
  public boolean getMoreResults(int current) throws SQLException {
    if (!frame.isClosed()) {
      return single.getMoreResults(current);
    }
    if (results == null) {
      results = FramedResults.of(single);
    }
    return results.next(current);
  }

  /** Asks the server about the statement itself; nothing is executed for it. */
  @Override
  public @Nullable ResultSetMetaData getMetaData() throws SQLException {
    ResultSetMetaData description = described().getMetaData();
    return description == null ? null : connection.guarded(description);
  }

  /** Asks the server about the statement itself; nothing is executed for it. */
  @Override
  public ParameterMetaData getParameterMetaData() throws SQLException {
    return described().getParameterMetaData();
  }

  @Override
  public void close() throws SQLException {
    if (batch != null) {
      batch.close();
    }
    if (described != null) {
      described.close();
    }
    single.close();
    connection.resultSetMayHaveClosed();
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return GuardedConnection.unwrap(this, type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }

  @Override
  protected ResultSet wrap(ResultSet rows) {
    return new GuardedResultSet(rows, this, connection);
  }

  @Override
  public ResultSet executeQuery(@Nullable String other) {
    throw textOfItsOwn("executeQuery");
  }

  @Override
  public boolean execute(@Nullable String other) {
    throw textOfItsOwn("execute");
  }

  @Override
  public boolean execute(@Nullable String other, int keys) {
    throw textOfItsOwn("execute");
  }

  @Override
  public boolean execute(@Nullable String other, int @Nullable [] keys) {
    throw textOfItsOwn("execute");
  }

  @Override
  public boolean execute(@Nullable String other, String @Nullable [] keys) {
    throw textOfItsOwn("execute");
  }

  @Override
  public int executeUpdate(@Nullable String other) {
    throw textOfItsOwn("executeUpdate");
  }

  @Override
  public int executeUpdate(@Nullable String other, int keys) {
    throw textOfItsOwn("executeUpdate");
  }

  @Override
  public int executeUpdate(@Nullable String other, int @Nullable [] keys) {
    throw textOfItsOwn("executeUpdate");
  }

  @Override
  public int executeUpdate(@Nullable String other, String @Nullable [] keys) {
    throw textOfItsOwn("executeUpdate");
  }

  @Override
  public long executeLargeUpdate(@Nullable String other) {
    throw textOfItsOwn("executeLargeUpdate");
  }

  @Override
  public long executeLargeUpdate(@Nullable String other, int keys) {
    throw textOfItsOwn("executeLargeUpdate");
  }

  @Override
  public long executeLargeUpdate(@Nullable String other, int @Nullable [] keys) {
    throw textOfItsOwn("executeLargeUpdate");
  }

  @Override
  public long executeLargeUpdate(@Nullable String other, String @Nullable [] keys) {
    throw textOfItsOwn("executeLargeUpdate");
  }

  @Override
  public void addBatch(@Nullable String other) {
    throw textOfItsOwn("addBatch");
  }

  /** JDBC has a prepared statement refuse these too. */
  private static UsageException textOfItsOwn(String method) {
    return new UsageException(
        Problem.what("PreparedStatement." + method + " was given another text")
            .where("Session.jdbc or Session.sql")
            .why("a prepared statement has its text already")
            .fix("prepare the other text, or use connection.createStatement()"));
  }

  /** Has the statement prepared inside this frame, with everything that was set on it so far. */
  private void carry(Frame wanted) throws SQLException {
    if (wanted.hasTextOf(frame) && !bindsToBatch) {
      frame = wanted;
      return;
    }
    if (!wanted.hasTextOf(frame)) {
      PreparedStatement previous = single;
      single = preparation.prepare(wanted.around(sql));
      copyOptions(previous, single);
      previous.close();
    }
    frame = wanted;
    bindAgain(single, wanted.settings().size());
    bindsToBatch = false;
  }

  private static void copyOptions(PreparedStatement from, PreparedStatement to)
      throws SQLException {
    to.setFetchSize(from.getFetchSize());
    to.setMaxRows(from.getMaxRows());
    to.setQueryTimeout(from.getQueryTimeout());
    to.setMaxFieldSize(from.getMaxFieldSize());
    to.setFetchDirection(from.getFetchDirection());
    to.setPoolable(from.isPoolable());
    if (from.isCloseOnCompletion()) {
      to.closeOnCompletion();
    }
  }

  private PreparedStatement described() throws SQLException {
    PreparedStatement bare = described;
    if (bare == null) {
      bare = preparation.prepare(sql);
      described = bare;
    }
    return bare;
  }
}
