package dev.tenon.core.internal;

import dev.tenon.core.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all views of one transaction share: its connection, and what the server has been told so
 * far.
 */
final class TransactionState implements FramedStatement.Outcome {

  final Engine engine;
  final @Nullable TenantId tenant;
  final Connection connection;
  final String opening;
  final List<Runnable> afterCommit = new ArrayList<>();
  final List<Runnable> afterCommitOrUnknown = new ArrayList<>();
  Settings applied = Settings.NONE;
  boolean opened;
  boolean ended;

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

  @Override
  public void succeeded(Frame sent) {
    opened = true;
    applied = applied.plus(sent.settings());
  }

  @Override
  public void failed(SQLException error) {
    // The callback learns of it; the transaction is rolled back as a whole.
  }
}
