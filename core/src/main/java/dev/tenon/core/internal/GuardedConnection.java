package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jooq.tools.jdbc.DefaultConnection;
import org.jspecify.annotations.Nullable;

/**
 * A connection on loan: its transaction and its session state belong to the session that lent it.
 */
class GuardedConnection extends DefaultConnection {

  GuardedConnection(Connection delegate) {
    super(delegate);
  }

  @Override
  public final void setAutoCommit(boolean autoCommit) {
    throw refused("setAutoCommit");
  }

  @Override
  public final void commit() {
    throw refused("commit");
  }

  @Override
  public final void rollback() {
    throw refused("rollback");
  }

  @Override
  public final void abort(@Nullable Executor executor) {
    throw refused("abort");
  }

  @Override
  public final void setReadOnly(boolean readOnly) {
    throw refused("setReadOnly");
  }

  @Override
  public final void setTransactionIsolation(int level) {
    throw refused("setTransactionIsolation");
  }

  @Override
  public final void setSchema(@Nullable String schema) {
    throw refused("setSchema");
  }

  @Override
  public final void setClientInfo(String name, String value) {
    throw refused("setClientInfo");
  }

  @Override
  public final void setClientInfo(Properties properties) {
    throw refused("setClientInfo");
  }

  /** The lender gives the connection back; closing it here does nothing. */
  @Override
  public final void close() {}

  static UsageException refused(String method) {
    return new UsageException(
        Problem.what("Connection." + method + " was called on a connection on loan")
            .where("Session.jdbc or Session.sql")
            .why("the session owns the transaction and the state of its connection")
            .fix(
                "outside a transaction use prepareStatement; for everything else use"
                    + " session.transaction(…) and its options"));
  }
}
