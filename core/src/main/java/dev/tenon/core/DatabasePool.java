package dev.tenon.core;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import dev.tenon.core.internal.Engine;
import dev.tenon.core.internal.NetworkWait;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** The HikariCP pool of a configuration, and what works on it. */
final class DatabasePool {

  private final DatabaseConfig config;
  private final boolean readOnly;
  private final CursorKeys cursorKeys;
  private final String name;
  private final boolean settingsAtConnect;

  private DatabasePool(
      DatabaseConfig config, boolean readOnly, CursorKeys cursorKeys, String defaultName) {
    this.config = config;
    this.name = config.pool().name().orElse(defaultName);
    this.readOnly = readOnly;
    this.cursorKeys = cursorKeys;
    this.settingsAtConnect = !config.transactionPooler() && !config.url().contains("options=");
  }

  static DatabasePool writing(DatabaseConfig config) {
    return new DatabasePool(config, false, config.cursorKeys(), "tenon");
  }

  /** A page that the writer began goes on at the reader, so both sign alike. */
  DatabasePool reading(DatabaseConfig reader) {
    return new DatabasePool(reader, true, cursorKeys, name + "-reader");
  }

  Engine engine(HikariDataSource dataSource) {
    Engine.Options options = new Engine.Options(readOnly, cursorKeys, config.slowQueries());
    return settingsAtConnect
        ? Engine.withSettingsAtConnect(dataSource, options)
        : Engine.withSettingsPerUnit(dataSource, config.statementTimeout(), options);
  }

  /** Makes one connection at once, to prove that the server can be reached. */
  HikariDataSource open() {
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl(config.url());
    pool.setUsername(config.user());
    pool.setPassword(config.password());
    pool.setExceptionOverride(new PoolErrors());
    pool.setPoolName(name);
    size(pool, config.pool());
    pool.addDataSourceProperty("ApplicationName", "tenon");
    if (!config.url().contains("socketTimeout=")) {
      // The server ends a statement by its timeout; this ends the wait for a server that fell
      // silent.
      pool.addDataSourceProperty(
          "socketTimeout", Long.toString(NetworkWait.under(config.statementTimeout()).toSeconds()));
    }
    if (settingsAtConnect) {
      pool.addDataSourceProperty("options", settings());
    }
    if (config.transactionPooler() && !config.url().contains("prepareThreshold=")) {
      // PgBouncer loses count of its answers when one batch closes a prepared statement and parses
      // another (its pull request 1555), and then gives one client what another asked for.
      pool.addDataSourceProperty("prepareThreshold", "0");
    }
    try {
      return new HikariDataSource(pool);
    } catch (HikariPool.PoolInitializationException error) {
      throw ConnectFailure.explain(config.url(), error);
    }
  }

  private static void size(HikariConfig pool, Pool options) {
    pool.setMaximumPoolSize(options.size());
    pool.setMinimumIdle(options.minimumIdle());
    pool.setConnectionTimeout(options.connectionTimeout().toMillis());
    pool.setIdleTimeout(options.idleTimeout().toMillis());
    pool.setMaxLifetime(options.maximumLifetime().toMillis());
    pool.setKeepaliveTime(options.keepalive().toMillis());
    options.leakAfter().ifPresent(after -> pool.setLeakDetectionThreshold(after.toMillis()));
  }

  private String settings() {
    String all =
        "-c statement_timeout="
            + config.statementTimeout().toMillis()
            + " -c default_transaction_isolation=read\\ committed";
    return readOnly ? all + " -c default_transaction_read_only=on" : all;
  }

  /** A connection for each borrower, without a pool and without settings. */
  DataSource unpooled() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(config.url());
    if (config.user() != null) {
      dataSource.setUser(config.user());
    }
    if (config.password() != null) {
      dataSource.setPassword(config.password());
    }
    return dataSource;
  }
}
