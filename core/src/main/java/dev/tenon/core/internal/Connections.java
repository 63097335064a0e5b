package dev.tenon.core.internal;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lends connections and takes them back; one that cannot be made clean is closed instead of reused.
 */
final class Connections {

  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  /** What PostgreSQL reports of itself since version 14 whenever it changes. */
  private static final String STANDBY = "in_hot_standby";

  private final DataSource dataSource;
  private final boolean readOnly;

  Connections(DataSource dataSource, boolean readOnly) {
    this.dataSource = dataSource;
    this.readOnly = readOnly;
  }

  Connection borrow() {
    try {
      return dataSource.getConnection();
    } catch (SQLException error) {
      throw NoConnection.explain(dataSource, error);
    }
  }

  /** Waits as long as a statement may run under this timeout. */
  void allow(Connection connection, String statementTimeout) {
    try {
      NetworkWait.allow(connection, statementTimeout);
    } catch (RuntimeException | Error error) {
      giveBack(connection);
      throw error;
    } catch (SQLException error) {
      giveBack(connection);
      throw SqlStates.translate(error, "borrowing a connection", SqlStates.Phase.BEFORE_COMMIT);
    }
  }

  /** Whatever a caller's own SQL left open ends here: no pool looks, in autocommit mode. */
  void giveBack(Connection connection) {
    try {
      endTransaction(connection);
      connection.close();
    } catch (SQLException error) {
      LOG.debug("a connection could not be closed", error);
    }
  }

  private void endTransaction(Connection connection) {
    try {
      if (!connection.isClosed()
          && connection.unwrap(BaseConnection.class).getTransactionState()
              != TransactionState.IDLE) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("rollback");
        }
      }
    } catch (SQLException error) {
      LOG.debug("a connection could not be made clean and is closed", error);
      evict(connection);
    }
  }

  /**
   * Has a connection leave the pool through which a write met a standby, as after a failover, so
   * that the next borrower gets one to the primary; and says so in the error.
   */
  SQLException explained(Connection connection, SQLException error) {
    if (readOnly || !SqlStates.isRefusedWrite(error) || !leadsToStandby(connection)) {
      return error;
    }
    evict(connection);
    return new StandbyWriteException(error);
  }

  private static boolean leadsToStandby(Connection connection) {
    try {
      return "on".equals(connection.unwrap(PGConnection.class).getParameterStatus(STANDBY));
    } catch (SQLException error) {
      LOG.debug("a connection does not say whether its server is a standby", error);
      return false;
    }
  }

  /** Closes the physical connection, so that no other borrower ever sees its state. */
  void evict(Connection connection) {
    if (dataSource instanceof HikariDataSource pool) {
      pool.evictConnection(connection);
      return;
    }
    try {
      connection.abort(Runnable::run);
    } catch (SQLException error) {
      LOG.debug("a connection could not be aborted", error);
    }
  }
}
