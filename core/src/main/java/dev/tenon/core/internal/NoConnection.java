package dev.tenon.core.internal;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import javax.sql.DataSource;

/** Says why no connection was lent. */
final class NoConnection {

  private static final String POOL = "the connection pool";

  private NoConnection() {}

  static TenonException explain(DataSource dataSource, SQLException error) {
    if (error.getCause() instanceof InterruptedException) {
      return interrupted(error);
    }
    if (dataSource instanceof HikariDataSource pool && pool.isClosed()) {
      return closed(error);
    }
    if (!(error instanceof SQLTransientConnectionException)) {
      return SqlStates.translate(error, "borrowing a connection", SqlStates.Phase.BEFORE_COMMIT);
    }
    return isEmpty(dataSource) ? unreachable(error) : exhausted(error);
  }

  private static UsageException closed(SQLException error) {
    return new UsageException(
        Problem.what("the database was closed")
            .where(POOL)
            .why("Database.close, or whoever closed its data source, ended all connections")
            .fix("keep it open as long as sessions of it are used, and open it once"),
        error);
  }

  /** Where there is not even one connection, more of them would not help. */
  private static boolean isEmpty(DataSource dataSource) {
    if (!(dataSource instanceof HikariDataSource pool)) {
      return false;
    }
    HikariPoolMXBean now = pool.getHikariPoolMXBean();
    return now != null && now.getTotalConnections() == 0;
  }

  private static RetryableException exhausted(SQLException error) {
    return new RetryableException(
        Problem.what("no connection became free in time: " + error.getMessage())
            .where(POOL)
            .why("all are in use, for example by calls inside a transaction on other connections")
            .fix("use the transaction itself inside its callback; or enlarge the pool"),
        error);
  }

  /** HikariCP keeps the last failure for one of those who wait. */
  private static RetryableException unreachable(SQLException error) {
    Problem problem =
        Problem.what("the pool has no connection and cannot make one: " + error.getMessage())
            .where(POOL);
    if (!(error.getCause() instanceof SQLException last)) {
      return new RetryableException(
          problem
              .why("the server cannot be reached, or lets nobody in")
              .fix("start the server, or mend the network to it; its log tells whom it refused"),
          error);
    }
    String state = String.valueOf(last.getSQLState());
    String why = "the last attempt ended with: " + last.getMessage() + " (SQLSTATE " + state + ")";
    return new RetryableException(
        problem
            .why(why)
            .fix(
                isNetwork(state)
                    ? "start the server, or mend the network to it"
                    : "have the server let the role in: its password, its rights, pg_hba.conf, or"
                        + " max_connections"),
        error);
  }

  /** Whether nobody answered, or somebody who is not ready yet. */
  private static boolean isNetwork(String state) {
    return (state.startsWith("08") && !state.equals("08004")) || state.startsWith("57P");
  }

  /** Set again, because not every pool does, and whoever interrupted is to be heard further up. */
  private static RetryableException interrupted(SQLException error) {
    Thread.currentThread().interrupt();
    return new RetryableException(
        Problem.what("the thread was interrupted while it waited for a connection")
            .where(POOL)
            .why("somebody wants it to end, for example the executor that is shut down")
            .fix("let it end; what it was to do was not begun and may be run by another thread"),
        error);
  }
}
