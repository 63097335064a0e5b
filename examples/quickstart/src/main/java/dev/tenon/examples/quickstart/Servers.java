package dev.tenon.examples.quickstart;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.net.URI;

/** The servers that this example brings along, in place of those that an application has. */
final class Servers implements AutoCloseable {

  private final TestDatabase database;
  private final TestRedis redis;

  private Servers(TestDatabase database, TestRedis redis) {
    this.database = database;
    this.redis = redis;
  }

  /** Starts PostgreSQL and Redis, unless they run, and takes an empty database of each. */
  static Servers start() {
    return new Servers(
        PostgresServer.shared()
            .database(DatabaseTemplate.empty().withExtensions("timescaledb", "vector")),
        TestRedis.create());
  }

  /** Opens the database as the role that owns the tables, for migrations only. */
  Database asOwner() {
    return open(database.owner());
  }

  /** Opens the database as the role that an application has: it owns nothing. */
  Database asApplication() {
    return open(database.application());
  }

  URI redis() {
    return redis.uri();
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
    redis.close();
    database.close();
  }
}
