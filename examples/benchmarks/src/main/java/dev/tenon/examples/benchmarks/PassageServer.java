package dev.tenon.examples.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A PostgreSQL with pgvector that does nothing but what it is asked for: an application of one
 * tenant, which policies bind, and the superuser, whom they do not, with as many connections each.
 */
final class PassageServer implements AutoCloseable {

  static final int CONNECTIONS = 8;

  private static final Duration LONGEST_STATEMENT = Duration.ofHours(1);

  private final Stage stage = new Stage();
  private final TestDatabase made;
  private final Database application;
  private final HikariDataSource unbound;

  PassageServer(int dimensions) {
    PostgresServer server =
        PostgresServer.start(
            PostgresOptions.defaults()
                .withDurability()
                .withSetting("autovacuum", "off")
                .withSetting("shared_buffers", "3GB")
                .withSetting("maintenance_work_mem", "1GB")
                .withSetting("max_wal_size", "8GB"));
    stage.onClose(server::close);
    this.made = server.database(DatabaseTemplate.empty().withExtensions("vector"));
    stage.onClose(made::close);
    try (Database owner = open(made.owner())) {
      owner.migrate(TenancyMigrations.all(), TenonPassages.migrations(dimensions));
    }
    this.application = open(made.application());
    stage.onClose(application::close);
    this.unbound = new HikariDataSource(pool());
    stage.onClose(unbound::close);
  }

  private Database open(Credentials role) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(role.user())
            .password(role.password())
            .poolSize(CONNECTIONS)
            .statementTimeout(LONGEST_STATEMENT)
            .build());
  }

  private HikariConfig pool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(made.url());
    config.setUsername(made.superuser().user());
    config.setPassword(made.superuser().password());
    config.setMaximumPoolSize(CONNECTIONS);
    return config;
  }

  /** The application's, whom policies bind. */
  Database application() {
    return application;
  }

  /** The superuser's. */
  HikariDataSource unbound() {
    return unbound;
  }

  /**
   * Lets the superuser's connections search in this way, as the settings of a role do, and leaves
   * them open and what they have prepared.
   */
  void search(int efSearch, boolean goesOn) throws SQLException {
    List<Connection> all = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        Connection connection = unbound.getConnection();
        all.add(connection);
        execute(connection, "set hnsw.ef_search = " + efSearch);
        execute(connection, "set hnsw.iterative_scan = " + (goesOn ? "strict_order" : "off"));
      }
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
  }

  /** As the superuser, outside a transaction. */
  void execute(String sql) throws SQLException {
    try (Connection connection = unbound.getConnection()) {
      execute(connection, sql);
    }
  }

  /** The one number that a query of the superuser's returns. */
  long count(String query) throws SQLException {
    try (Connection connection = unbound.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    stage.close();
  }
}
