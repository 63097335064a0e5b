package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.ShardingKey;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import org.jooq.tools.jdbc.DefaultConnection;
import org.jspecify.annotations.Nullable;

/**
 * A connection on loan: its transaction and its session state belong to the session that lent it,
 * and nothing that it hands out leads to the driver's connection.
 */
abstract class GuardedConnection extends DefaultConnection {

  GuardedConnection(Connection delegate) {
    super(delegate);
  }

  /** Some rows or a statement were closed, maybe those of an open cursor. */
  abstract void resultSetMayHaveClosed() throws SQLException;

  /** Whether the loan is over, so that the driver's connection may be somebody else's. */
  abstract boolean isReturned();

  /** Refuses what was kept of a connection and would ask it after its loan. */
  final void requireOnLoan() {
    if (isReturned()) {
      throw new UsageException(
          Problem.what("something of a connection was used after its loan")
              .where("Session.jdbc or Session.sql")
              .why("the connection may work for another tenant by now")
              .fix("finish with statements and metadata inside the work that was lent it"));
    }
  }

  /** A value of the driver's in a form that may leave this package. */
  final @Nullable Object guarded(@Nullable Object value, @Nullable Statement statement) {
    if (value instanceof ResultSet rows) {
      return new GuardedResultSet(rows, statement, this);
    }
    if (value instanceof ResultSetMetaData description) {
      return guarded(description);
    }
    return value instanceof Array array ? GuardedArray.of(array, this) : value;
  }

  /** It asks the server for what it does not know. */
  final ResultSetMetaData guarded(ResultSetMetaData description) {
    return GuardedCalls.around(ResultSetMetaData.class, description, this);
  }

  /** Comes before a question about the database that the driver has to ask the server. */
  void beforeMetaData() throws SQLException {}

  @Override
  public DatabaseMetaData getMetaData() throws SQLException {
    return GuardedCalls.around(DatabaseMetaData.class, super.getMetaData(), this);
  }

  @Override
  public final @Nullable Array createArrayOf(String type, Object @Nullable [] elements)
      throws SQLException {
    return GuardedArray.of(super.createArrayOf(type, elements), this);
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
  public final void setCatalog(@Nullable String catalog) {
    throw refused("setCatalog");
  }

  @Override
  public final void setHoldability(int holdability) {
    throw refused("setHoldability");
  }

  @Override
  public final void setTypeMap(@Nullable Map<String, Class<?>> types) {
    throw refused("setTypeMap");
  }

  @Override
  public final void setNetworkTimeout(@Nullable Executor executor, int milliseconds) {
    throw refused("setNetworkTimeout");
  }

  @Override
  public final void setClientInfo(String name, String value) {
    throw refused("setClientInfo");
  }

  @Override
  public final void setClientInfo(Properties properties) {
    throw refused("setClientInfo");
  }

  @Override
  public final void setShardingKey(@Nullable ShardingKey key) {
    throw refused("setShardingKey");
  }

  @Override
  public final void setShardingKey(@Nullable ShardingKey key, @Nullable ShardingKey parent) {
    throw refused("setShardingKey");
  }

  @Override
  public final boolean setShardingKeyIfValid(@Nullable ShardingKey key, int timeout) {
    throw refused("setShardingKeyIfValid");
  }

  @Override
  public final boolean setShardingKeyIfValid(
      @Nullable ShardingKey key, @Nullable ShardingKey parent, int timeout) {
    throw refused("setShardingKeyIfValid");
  }

  /** The lender gives the connection back; closing it here does nothing. */
  @Override
  public final void close() {}

  /** Nothing that hangs on a connection on loan leads to the driver's own. */
  static <T> T unwrap(Object guarded, Class<T> type) {
    if (type.isInstance(guarded)) {
      return type.cast(guarded);
    }
    throw refused("unwrap to " + type.getName());
  }

  static UsageException refused(String method) {
    return new UsageException(
        Problem.what(method + " was called on a connection on loan")
            .where("Session.jdbc or Session.sql")
            .why("the session owns the transaction and the state of its connection")
            .fix(
                "use session.transaction(transaction -> …) and its options; COPY is"
                    + " transaction.jdbc(connection ->"
                    + " connection.unwrap(PGConnection.class).getCopyAPI() …)"));
  }
}
