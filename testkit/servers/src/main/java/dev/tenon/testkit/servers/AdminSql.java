package dev.tenon.testkit.servers;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/** Statements about databases and roles, which take no bind parameters, with names quoted. */
final class AdminSql {
  static final String ROLE =
      """
      select exists (select from pg_catalog.pg_roles where rolname = ?)
      """;
  static final String SEALED =
      """
      select exists (
        select from pg_catalog.pg_database
        where datname = ? and datistemplate and not datallowconn)
      """;

  private static final String OPEN_SESSIONS =
      """
      select activity.pid, activity.usename, activity.application_name, activity.state, activity.query,
        (select count(*) from pg_catalog.pg_locks as held
         where held.locktype = 'advisory' and held.pid = activity.pid and held.granted) as locks
      from pg_catalog.pg_stat_activity as activity
      where activity.datname = ? and activity.backend_type = 'client backend'
      order by activity.pid
      """;

  private final Connection connection;

  AdminSql(Connection connection) {
    this.connection = connection;
  }

  /** Something to do on one connection. */
  @FunctionalInterface
  interface Work<R> {
    R run(AdminSql sql) throws SQLException;
  }

  static <R> R run(DataSource source, Work<R> work) {
    try (Connection connection = source.getConnection()) {
      return work.run(new AdminSql(connection));
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  static TestServerException failure(SQLException e) {
    return new TestServerException(e.getMessage() + " [" + e.getSQLState() + "]", e);
  }

  boolean execute(String statement, Object... words) throws SQLException {
    try (Statement jdbc = connection.createStatement()) {
      return jdbc.execute(String.format(Locale.ROOT, statement, words));
    }
  }

  boolean exists(String query, String name) throws SQLException {
    try (PreparedStatement jdbc = connection.prepareStatement(query)) {
      jdbc.setString(1, name);
      try (ResultSet row = jdbc.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  List<OpenSession> openSessions(String database) throws SQLException {
    List<OpenSession> sessions = new ArrayList<>();
    try (PreparedStatement jdbc = connection.prepareStatement(OPEN_SESSIONS)) {
      jdbc.setString(1, database);
      try (ResultSet row = jdbc.executeQuery()) {
        while (row.next()) {
          sessions.add(
              new OpenSession(
                  row.getInt("pid"),
                  Objects.requireNonNullElse(row.getString("usename"), ""),
                  Objects.requireNonNullElse(row.getString("application_name"), ""),
                  Objects.requireNonNullElse(row.getString("state"), ""),
                  Objects.requireNonNullElse(row.getString("query"), ""),
                  row.getInt("locks")));
        }
      }
    }
    return sessions;
  }

  /** Holds an advisory lock until the connection is closed. */
  void lock(String name) throws SQLException {
    try (PreparedStatement jdbc =
        connection.prepareStatement(
            "select pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended(?, 0))")) {
      jdbc.setString(1, name);
      jdbc.execute();
    }
  }

  String name(String identifier) throws SQLException {
    return connection.unwrap(PGConnection.class).escapeIdentifier(identifier);
  }

  String text(String literal) throws SQLException {
    return "'" + connection.unwrap(PGConnection.class).escapeLiteral(literal) + "'";
  }
}
