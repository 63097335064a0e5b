package dev.tenon.cache;

import dev.tenon.core.DatabaseConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** Opens the connections of a {@link ChangeCapture}, which no pool may hold. */
record CaptureConnections(DatabaseConfig config) {

  private static final String SECONDS = "10";

  /** A server that went without a word is noticed within these, and so is a client. */
  private static final String OPTIONS =
      "-c wal_sender_timeout=10s -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2"
          + " -c tcp_keepalives_count=3";

  Connection control() throws SQLException {
    Properties properties = properties();
    PGProperty.SOCKET_TIMEOUT.set(properties, SECONDS);
    return DriverManager.getConnection(config.url(), properties);
  }

  /** One that speaks the replication protocol. */
  Connection replication() throws SQLException {
    Properties properties = properties();
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "17");
    return DriverManager.getConnection(config.url(), properties);
  }

  private Properties properties() {
    Properties properties = new Properties();
    set(properties, PGProperty.USER, config.user());
    set(properties, PGProperty.PASSWORD, config.password());
    PGProperty.OPTIONS.set(properties, OPTIONS);
    PGProperty.CONNECT_TIMEOUT.set(properties, SECONDS);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    return properties;
  }

  private static void set(Properties properties, PGProperty property, @Nullable String value) {
    if (value != null) {
      property.set(properties, value);
    }
  }
}
