package dev.tenon.testkit;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Pool;
import dev.tenon.testkit.servers.Credentials;

/**
 * Opens a database as tests do: with as many connections as by default, enough for a relay of two
 * consumers, but few that are open while nobody needs them.
 */
final class RoleConnections {

  private RoleConnections() {}

  static Database open(String url, Credentials role) {
    return Database.open(
        DatabaseConfig.url(url)
            .user(role.user())
            .password(role.password())
            .pool(Pool.of(10).withMinimumIdle(4))
            .build());
  }
}
