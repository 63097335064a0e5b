package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
  final List<Runnable> afterCommit = new ArrayList<>();
  final List<Runnable> afterCommitOrUnknown = new ArrayList<>();
  final List<Runnable> afterRollback = new ArrayList<>();
  Settings applied = Settings.NONE;
  boolean opened;
  boolean ended;
  private @Nullable BaseConnection exposed;
  private boolean ranWhenExposed;
  private boolean endedInside;

  TransactionState(Terms terms, Connection connection, String opening) {
    this.engine = terms.engine();
    this.tenant = terms.tenant();
    this.limit = terms.limit();
    this.connection = connection;
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

  void succeeded(Frame sent) {
    opened = true;
    applied = applied.plus(sent.settings());
  }

  /** Has everything sent again: something ran that may have taken settings back. */
  void forget() {
    applied = applied.unknown();
  }

  /** The driver's own connection is handed out; maybe as one that executes any text. */
  void exposed(BaseConnection driver, boolean executing) {
    exposed = driver;
    ranWhenExposed = isRunning(driver);
    if (executing) {
      forget();
    }
  }

  /** Whether somebody has the driver's own connection, where a COPY may be running. */
  boolean isExposed() {
    return exposed != null;
  }

  /** Ends a loan, during which the driver's own connection may have been handed out. */
  void loanEnded() {
    if (exposed != null) {
      endedInside |= ranWhenExposed && !isRunning(exposed);
      exposed = null;
      forget();
    }
  }

  /** Refuses to go on in another transaction than the one that was begun. */
  void requireOwn() {
    if (endedInside) {
      throw ended();
    }
  }

  /** Also refuses where somebody ended it since. */
  void requireRunning(BaseConnection driver) {
    if (endedInside || (!isRunning(driver) && !applied.isEmpty())) {
      throw ended();
    }
  }

  private static boolean isRunning(BaseConnection driver) {
    return driver.getTransactionState() != org.postgresql.core.TransactionState.IDLE;
  }

  private UsageException ended() {
    return new UsageException(
        Problem.what("the transaction was ended inside its callback")
            .where(place())
            .why("a statement such as commit or rollback was run on the driver's own connection")
            .fix("return from the callback to commit, throw to roll back"));
  }

  Savepoint remember(Savepoint savepoint) {
    return new Remembered(
        savepoint, applied, afterCommit.size(), afterCommitOrUnknown.size(), afterRollback.size());
  }

  /** After a rollback to a savepoint the server knows what it knew then. */
  void returnTo(Remembered savepoint) {
    applied = savepoint.applied();
    truncate(afterCommit, savepoint.actions());
    truncate(afterCommitOrUnknown, savepoint.actionsOrUnknown());
    List<Runnable> undone =
        afterRollback.subList(
            Math.min(savepoint.actionsOfRollback(), afterRollback.size()), afterRollback.size());
    List<Runnable> due = List.copyOf(undone);
    undone.clear();
    due.forEach(TransactionRun::runHook);
  }

  private static void truncate(List<Runnable> actions, int size) {
    actions.subList(Math.min(size, actions.size()), actions.size()).clear();
  }

  /** A savepoint, and what the server had been told when it was made. */
  record Remembered(
      Savepoint savepoint,
      Settings applied,
      int actions,
      int actionsOrUnknown,
      int actionsOfRollback)
      implements Savepoint {

    @Override
    public int getSavepointId() throws SQLException {
      return savepoint.getSavepointId();
    }

    @Override
    public String getSavepointName() throws SQLException {
      return savepoint.getSavepointName();
    }
  }
}
