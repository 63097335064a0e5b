package dev.tenon.core.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A connection on which each execution is a unit of work of its own.
 *
 * <p>One statement travels in a {@link Frame} that begins and commits. What cannot, runs in a
 * transaction that this connection begins before it and commits after it; a cursor in a read-only
 * one, which ends when its rows are closed, the next statement is executed, or the loan ends. A
 * failed commit could not be reported then, because jOOQ swallows what closing a cursor throws.
 */
final class UnitConnection extends FramedConnection {

  private final Terms.Loan loan;
  private final Connection driver;
  private final Settings settings;
  private final Frame frame;
  private final boolean tellsIsolation;
  private boolean open;
  private boolean returned;
  private @Nullable ResultSet cursor;

  /**
   * Around one loan.
   *
   * @param tellsIsolation whether what it begins says that it is READ COMMITTED
   */
  UnitConnection(Terms.Loan loan, Settings settings, Frame frame, boolean tellsIsolation) {
    super(loan.connection(), loan.watch());
    this.loan = loan;
    this.driver = loan.connection();
    this.settings = settings;
    this.frame = frame;
    this.tellsIsolation = tellsIsolation;
  }

  Terms.Loan loan() {
    return loan;
  }

  /** Where nothing is sent around a statement, it may be a transaction of its own. */
  @Override
  void requireFit(String sql) throws SQLException {
    if (!frame.isEmpty()) {
      TransactionControl.refuseIn(sql, driver);
    }
    if (settings.holdTenant()) {
      TenantSwitch.refuseIn(sql);
    }
  }

  @Override
  Frame likelyFrame() {
    return frame;
  }

  @Override
  Frame frame(String sql) throws SQLException {
    finish();
    return frame;
  }

  @Override
  Frame cursorFrame(String sql) throws SQLException {
    finish();
    begin();
    return Frame.reading(settings);
  }

  @Override
  void sendAhead(boolean many, Statement statement) throws SQLException {
    finish();
    if (statement.getFetchSize() > 0) {
      statement.setFetchSize(0);
    }
    if (many || !settings.isEmpty()) {
      begin();
    }
    if (!settings.isEmpty()) {
      String opening = tellsIsolation ? "set transaction isolation level read committed; " : "";
      try (PreparedStatement ahead = driver.prepareStatement(opening + settings.sql())) {
        settings.bind(ahead);
        ahead.execute();
      }
    }
  }

  @Override
  boolean isUnitOfItsOwn() {
    return true;
  }

  @Override
  void succeeded(Frame sent) {}

  @Override
  void executed(String sql, Statement statement, @Nullable ResultSet rows) throws SQLException {
    if (!open) {
      StandbyWait.requireNotCancelled(statement.getWarnings(), "a unit of work of one statement");
    } else if (rows == null) {
      finish();
    } else {
      cursor = rows;
    }
  }

  @Override
  void resultSetMayHaveClosed() throws SQLException {
    if (cursor != null && cursor.isClosed()) {
      finish();
    }
  }

  @Override
  SQLException failed(SQLException error) {
    SQLException explained =
        StatementLimit.explained(loan.limit(), loan.connections().explained(driver, error));
    if (SqlStates.isConnectionLost(explained)) {
      loan.connections().evict(driver);
      return explained;
    }
    try {
      rollBack();
    } catch (SQLException rollback) {
      explained.addSuppressed(rollback);
      loan.connections().evict(driver);
    }
    return explained;
  }

  @Override
  boolean isReturned() {
    return returned;
  }

  /** Ends the loan, and a cursor that the caller left open. */
  void end() {
    returned = true;
    if (open) {
      failed(new SQLException("a cursor was left open"));
    }
  }

  /** Its questions are asked outside the unit, so whether the tenant may work is asked before. */
  @Override
  void beforeMetaData() throws SQLException {
    if (!frame.isEmpty()) {
      try (PreparedStatement statement = prepareStatement("select 1")) {
        statement.execute();
      }
    }
  }

  private void begin() throws SQLException {
    driver.setAutoCommit(false);
    open = true;
  }

  private void finish() throws SQLException {
    if (!open) {
      return;
    }
    try {
      closeCursor();
      if (state() == TransactionState.FAILED) {
        rollBack();
      } else {
        driver.commit();
        SQLWarning warning = driver.getWarnings();
        driver.setAutoCommit(true);
        open = false;
        StandbyWait.requireNotCancelled(warning, "a unit of work");
      }
    } catch (SQLException error) {
      throw failed(error);
    }
  }

  private void rollBack() throws SQLException {
    closeCursor();
    if (open) {
      open = false;
      driver.rollback();
      driver.setAutoCommit(true);
    } else if (state() != TransactionState.IDLE) {
      try (Statement statement = driver.createStatement()) {
        statement.execute("rollback");
      }
    }
  }

  private void closeCursor() throws SQLException {
    if (cursor != null) {
      ResultSet rows = cursor;
      cursor = null;
      rows.close();
    }
  }

  private TransactionState state() throws SQLException {
    return driver.unwrap(BaseConnection.class).getTransactionState();
  }

  @Override
  public Savepoint setSavepoint() {
    throw refused("setSavepoint");
  }

  @Override
  public Savepoint setSavepoint(String name) {
    throw refused("setSavepoint");
  }

  @Override
  public void rollback(Savepoint savepoint) {
    throw refused("rollback to a savepoint");
  }

  @Override
  public void releaseSavepoint(Savepoint savepoint) {
    throw refused("releaseSavepoint");
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return unwrap(this, type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }
}
