package dev.tenon.testkit.servers;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Databases that killed JVMs left on a server that outlives them.
 *
 * <p>The name of a copy carries the token of its JVM, and each JVM holds an advisory lock on its
 * token for as long as it lives; so a token that can be locked is that of a dead one.
 */
final class Leftovers {
  static final String KEPT = "kept by a test";

  private final Connection connection;

  private Leftovers(Connection connection) {
    this.connection = connection;
  }

  /**
   * Locks {@code token} on {@code connection}, which must stay open, and finds what others left.
   */
  static List<String> after(Connection connection, String token) throws SQLException {
    Leftovers leftovers = new Leftovers(connection);
    leftovers.lock(token);
    List<String> databases = new ArrayList<>();
    for (Map.Entry<String, List<String>> others : leftovers.byToken().entrySet()) {
      if (!others.getKey().equals(token) && leftovers.lock(others.getKey())) {
        databases.addAll(others.getValue());
      }
    }
    return databases;
  }

  private Map<String, List<String>> byToken() throws SQLException {
    Map<String, List<String>> databases = new TreeMap<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            """
            select datname, (regexp_match(datname, '_([0-9a-z]+)_[0-9]+$'))[1] as token
            from pg_catalog.pg_database
            where datname ~ '^tenon_[a-z][a-z0-9_]*_[0-9a-z]+_[0-9]+$' and not datistemplate
              and pg_catalog.shobj_description(oid, 'pg_database') is distinct from ?
            """)) {
      query.setString(1, KEPT);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          databases
              .computeIfAbsent(rows.getString("token"), token -> new ArrayList<>())
              .add(rows.getString("datname"));
        }
      }
    }
    return databases;
  }

  private boolean lock(String token) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(?, 0))")) {
      query.setString(1, "tenon-testkit-jvm-" + token);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
