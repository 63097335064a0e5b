package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Operations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.HypertableRepository;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL without extensions that does nothing but what it is asked for, with tables of {@link
 * CpuUsage}: an application of one tenant, which policies bind, and a superuser, whom they do not.
 */
final class CpuServer implements AutoCloseable {

  /** A load is one statement. */
  private static final Duration LONGEST_STATEMENT = Duration.ofHours(2);

  private final Stage stage = new Stage();
  private final TestDatabase made;
  private final Database application;
  private final Database superuser;
  private final long postmaster;

  CpuServer(List<? extends HypertableRepository<?>> tables) {
    PostgresServer server =
        PostgresServer.start(
            PostgresOptions.defaults()
                .withSetting("autovacuum", "off")
                .withSetting("shared_buffers", "512MB")
                .withSetting("max_wal_size", "8GB"));
    stage.onClose(server::close);
    this.made = server.database(DatabaseTemplate.empty());
    stage.onClose(made::close);
    try (Database owner = open(made.owner())) {
      owner.migrate(TenancyMigrations.all(), Operations.migrations());
      tables.forEach(table -> owner.migrate(CpuTable.migration(table, owner.capabilities())));
    }
    this.application = open(made.application());
    stage.onClose(application::close);
    this.superuser = open(made.superuser());
    stage.onClose(superuser::close);
    int backend = superuser.sql().fetchSingle("select pg_backend_pid()").get(0, Integer.class);
    this.postmaster = ProcessHandle.of(backend).flatMap(ProcessHandle::parent).orElseThrow().pid();
  }

  private Database open(Credentials role) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(role.user())
            .password(role.password())
            .poolSize(1)
            .statementTimeout(LONGEST_STATEMENT)
            .build());
  }

  TestDatabase made() {
    return made;
  }

  /** What is closed with the server, before it. */
  Stage stage() {
    return stage;
  }

  TenantSession session() {
    return TenantDatabase.on(application).as(CpuTable.TENANT);
  }

  /** The superuser's connection, in the pool that Tenon makes. */
  DataSource unbound() {
    return superuser.unwrap(DataSource.class);
  }

  /** The superuser's, where the driver makes one statement of many of a batch. */
  DataSource rewriting() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(made.url());
    source.setUser(made.superuser().user());
    source.setPassword(made.superuser().password());
    source.setReWriteBatchedInserts(true);
    return source;
  }

  /** As the superuser, outside a transaction. */
  void execute(String sql) throws SQLException {
    try (Connection connection = unbound().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** What all processes of the server have used. */
  Duration processorTime() {
    return ProcessorTime.ofTree(postmaster);
  }

  @Override
  public void close() {
    stage.close();
  }
}
