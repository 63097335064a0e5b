package dev.tenon.examples.quickstart;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;

/** The servers that this example brings along, in place of those that an application has. */
final class Servers implements AutoCloseable {

  private final TestDatabase database;

  private Servers(TestDatabase database) {
    this.database = database;
  }

  /** Starts PostgreSQL, unless it runs, and takes an empty database. */
  static Servers start() {
    return new Servers(
        PostgresServer.shared()
            .database(DatabaseTemplate.empty().withExtensions("timescaledb", "vector")));
  }

  String description() {
    return database.server().description();
  }

  /** Opens the database as the role that owns the tables, for migrations only. */
  Database asOwner() {
    return open(database.owner());
  }

  /** Opens the database as the role that an application has: it owns nothing. */
  Database asApplication() {
    return open(database.application());
  }

  private Database open(Credentials role) {
    return Database.open(
        DatabaseConfig.url(database.url())
            .user(role.user())
            .password(role.password())
            .poolSize(4)
            .build());
  }

  @Override
  public void close() {
    database.close();
  }
}
