package dev.tenon.testkit.servers;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Sessions of the superuser that are used again, as opening one costs as much as a copy. */
final class AdminSessions implements AutoCloseable {
  private final DataSource source;
  private final Deque<Connection> idle = new ArrayDeque<>();
  private boolean closed;

  AdminSessions(DataSource source) {
    this.source = source;
  }

  <R> R run(AdminSql.Work<R> work) {
    try {
      Connection connection = borrow();
      boolean sound = false;
      try {
        R result = work.run(new AdminSql(connection));
        sound = true;
        return result;
      } finally {
        giveBack(connection, sound);
      }
    } catch (SQLException e) {
      throw AdminSql.failure(e);
    }
  }

  /** A server that was restarted has cut the sessions of before. */
  private Connection borrow() throws SQLException {
    for (Connection next = poll(); next != null; next = poll()) {
      if (next.isValid(5)) {
        return next;
      }
      next.close();
    }
    return source.getConnection();
  }

  private synchronized @Nullable Connection poll() {
    return idle.poll();
  }

  private void giveBack(Connection connection, boolean sound) throws SQLException {
    synchronized (this) {
      if (sound && !closed) {
        idle.push(connection);
        return;
      }
    }
    connection.close();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    for (Connection next = poll(); next != null; next = poll()) {
      try {
        next.close();
      } catch (SQLException e) {
        throw AdminSql.failure(e);
      }
    }
  }
}
