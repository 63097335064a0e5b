package dev.tenon.core.internal;

import dev.tenon.core.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;

/**
 * What all views of one transaction share: its connection, and what the server has been told so
 * far.
 */
final class TransactionState {

  final Engine engine;
  final @Nullable TenantId tenant;
  final Connection connection;
  final String opening;
  final @Nullable StatementLimit limit;
  final @Nullable StatementWatch watch;
  final List<Runnable> afterCommit = new ArrayList<>();
  final List<Runnable> afterCommitOrUnknown = new ArrayList<>();
  final List<Runnable> afterRollback = new ArrayList<>();
  final SavepointStack savepoints = new SavepointStack(this);
  Settings applied = Settings.NONE;
  boolean opened;
  boolean ended;
  private @Nullable LentDriver lent;
  private boolean copyLeftOpen;

  TransactionState(Terms terms, Terms.Loan loan, String opening) {
    this.engine = terms.engine();
    this.tenant = terms.tenant();
    this.limit = terms.limit();
    this.watch = loan.watch();
    this.connection = loan.connection();
    this.opening = opening;
    this.opened = opening.isEmpty();
  }

  /** What runs here, for the message of an error. */
  String place() {
    return tenant == null ? "a transaction without a tenant" : "a transaction of tenant " + tenant;
  }

  Frame frameFor(Settings wanted) {
    Settings changes = applied.changesTo(wanted);
    return opened && changes.isEmpty() ? Frame.NONE : new Frame(opened ? "" : opening, changes, "");
  }

  /** Whether the server takes nothing but a rollback, whole or to a savepoint. */
  boolean hasFailed() throws SQLException {
    return connection.unwrap(BaseConnection.class).getTransactionState()
        == org.postgresql.core.TransactionState.FAILED;
  }

  void succeeded(Frame sent) {
    opened = true;
    applied = applied.plus(sent.settings());
  }

  /** Has everything sent again: something ran that may have taken settings back. */
  void forget() {
    applied = applied.unknown();
  }

  /** The driver's own interface, one for each loan. */
  PGConnection lend(BaseConnection driver, TransactionConnection connection) throws SQLException {
    LentDriver lending = lent == null ? new LentDriver(driver, connection) : lent;
    lent = lending;
    return lending.asConnection();
  }

  /** Whether somebody has the driver's own interface, through which a COPY may be running. */
  boolean isLent() {
    return lent != null;
  }

  /**
   * Ends a loan, during which the driver's own interface may have been handed out: what a bulk load
   * goes on with is sent its settings again, whatever SQL before it had set.
   */
  void loanEnded() {
    if (lent != null) {
      copyLeftOpen |= lent.end();
      lent = null;
      forget();
    }
  }

  boolean isCopyLeftOpen() {
    return copyLeftOpen;
  }
}
