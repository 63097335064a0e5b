package dev.tenon.testkit;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.testkit.servers.Credentials;

/** Opens a database with a small pool, as tests do. */
final class RoleConnections {

  private RoleConnections() {}

  static Database open(String url, Credentials role) {
    return Database.open(
        DatabaseConfig.url(url).user(role.user()).password(role.password()).poolSize(4).build());
  }
}
