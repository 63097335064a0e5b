package dev.tenon.cache;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.RetryableException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/** A database with hosts, a node that reads them through its cache, and psql beside it. */
final class Captured implements AutoCloseable {

  static final UUID TENANT = DyingWriter.TENANT;

  final Nodes nodes = new Nodes();
  final TestRedis redis = TestRedis.create();
  final TestDatabase made;
  private final Database application;
  private Connection psql;
  private final TenantSession acme;
  final Cache cache;
  final EntityCache<String, Long> hosts;

  Captured(PostgresServer server, int count) throws SQLException {
    this.made = server.database(new HostsSchema().template());
    this.application = TestSchema.connect(made, made.application());
    this.acme = TenantDatabase.on(application).as(TENANT);
    this.psql = made.dataSource(made.superuser()).getConnection();
    this.cache = nodes.node(redis.uri().toString());
    this.hosts = DyingWriter.revisions(cache);
    psql("alter role \"" + made.owner().user() + "\" replication");
    for (int i = 0; i < count; i++) {
      insert("h" + i);
    }
  }

  TenantSession tenant() {
    return acme;
  }

  DatabaseConfig owner() {
    return config(made.url());
  }

  DatabaseConfig config(String url) {
    return DatabaseConfig.url(url)
        .user(made.owner().user())
        .password(made.owner().password())
        .build();
  }

  ChangeCapture.Builder capture() {
    return capture(owner());
  }

  ChangeCapture.Builder capture(DatabaseConfig config) {
    return ChangeCapture.of(cache, config).table("public", "hosts", hosts, "id");
  }

  ChangeCapture capturing() {
    return capturing(capture());
  }

  static ChangeCapture capturing(ChangeCapture.Builder builder) {
    ChangeCapture capture = builder.start();
    Await.until("it captures", () -> capture.status().state() == ChangeCapture.State.CAPTURING);
    return capture;
  }

  /** What the cache says of a host; 0 where there is none. */
  long read(String host) {
    return read(hosts, host);
  }

  long read(EntityCache<String, Long> from, String host) {
    return from.find(
            acme,
            host,
            id ->
                acme.sql()
                    .fetchOptional("select revision from hosts where id = ?", id)
                    .map(row -> row.get("revision", Long.class)))
        .orElse(0L);
  }

  void insert(String host) throws SQLException {
    psql("insert into hosts values ('" + TENANT + "', '" + host + "', 1)");
  }

  /** As somebody who knows nothing of Tenon. */
  void psql(String sql) throws SQLException {
    try (PreparedStatement statement = psql.prepareStatement(sql)) {
      statement.execute();
    }
  }

  /** After a restart of the server. */
  void reconnect() throws SQLException {
    psql = made.dataSource(made.superuser()).getConnection();
  }

  long row(String host) {
    return count("select revision from hosts where id = '" + host + "'");
  }

  /** On a connection of its own. */
  void psqlBeside(String sql) {
    try (Connection beside = made.dataSource(made.superuser()).getConnection();
        Statement statement = beside.createStatement()) {
      for (String each : sql.split(";", -1)) {
        statement.execute(each);
      }
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  long count(String sql) {
    try (PreparedStatement statement = psql.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Override
  public void close() throws SQLException {
    Await.until("the slot is removed", this::isRemoved);
    psql.close();
    application.close();
    nodes.close();
    made.close();
    redis.close();
  }

  private boolean isRemoved() {
    try {
      capture().remove();
      return true;
    } catch (RetryableException stillRead) {
      return false;
    }
  }
}
