package dev.tenon.core.internal;

import dev.tenon.core.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all views of one transaction share: its connection, and what the server has been told so
 * far.
 */
final class TransactionState {

  final Engine engine;
  final @Nullable TenantId tenant;
  final Connection connection;
  final String opening;
  final List<Runnable> afterCommit = new ArrayList<>();
  final List<Runnable> afterCommitOrUnknown = new ArrayList<>();
  Settings applied = Settings.NONE;
  boolean opened;
  boolean ended;
  private boolean exposed;

  TransactionState(
      Engine engine, @Nullable TenantId tenant, Connection connection, String opening) {
    this.engine = engine;
    this.tenant = tenant;
    this.connection = connection;
    this.opening = opening;
    this.opened = opening.isEmpty();
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

  /** The driver's own connection was handed out; maybe as one that executes any text. */
  void exposed(boolean executing) {
    exposed = true;
    if (executing) {
      forget();
    }
  }

  /** Whether somebody has the driver's own connection, where a COPY may be running. */
  boolean isExposed() {
    return exposed;
  }

  /** Ends a loan, during which the driver's own connection may have been handed out. */
  void loanEnded() {
    if (exposed) {
      exposed = false;
      forget();
    }
  }

  Savepoint remember(Savepoint savepoint) {
    return new Remembered(savepoint, applied, afterCommit.size(), afterCommitOrUnknown.size());
  }

  /** After a rollback to a savepoint the server knows what it knew then. */
  void returnTo(Remembered savepoint) {
    applied = savepoint.applied();
    truncate(afterCommit, savepoint.actions());
    truncate(afterCommitOrUnknown, savepoint.actionsOrUnknown());
  }

  private static void truncate(List<Runnable> actions, int size) {
    actions.subList(Math.min(size, actions.size()), actions.size()).clear();
  }

  /** A savepoint, and what the server had been told when it was made. */
  record Remembered(Savepoint savepoint, Settings applied, int actions, int actionsOrUnknown)
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
