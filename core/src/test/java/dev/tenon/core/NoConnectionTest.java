package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.tenon.testkit.servers.FaultProxy;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Why a session got no connection, each reason in its own words. */
class NoConnectionTest {

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with();

  private Database open(String url, int size) {
    return Database.open(
        DatabaseConfig.url(url)
            .user(fresh.user())
            .password(fresh.password())
            .pool(Pool.of(size).withConnectionTimeout(Duration.ofMillis(1_500)))
            .build());
  }

  @Test
  void a_server_that_went_away_is_not_told_as_a_pool_that_is_too_small() {
    try (FaultProxy network = FaultProxy.to(fresh.server());
        Database database = open(network.reroute(fresh.url()), 2)) {
      network.disable();
      Waiting.until(() -> connectionsOf(database) == 0);

      assertThatThrownBy(() -> database.sql().fetchValue("select 1"))
          .isInstanceOf(RetryableException.class)
          .hasMessageContaining("the pool has no connection and cannot make one")
          .hasMessageContaining("start the server")
          .satisfies(
              error -> assertThat(error.getMessage()).doesNotContain("in use", "enlarge the pool"));
    }
  }

  private static int connectionsOf(Database database) {
    try {
      database.sql().execute("select 1");
    } catch (TenonException refused) {
      // A connection that fails is closed.
    }
    return ((HikariDataSource) database.unwrap(DataSource.class))
        .getHikariPoolMXBean()
        .getTotalConnections();
  }

  @Test
  void a_role_that_may_no_longer_connect_is_named_as_what_the_server_said() {
    Database owner = fresh.get();
    owner.sql().execute("create role tenon_leaver superuser login password 'p'");
    String url = fresh.url();
    try (Database database =
        Database.open(
            DatabaseConfig.url(url)
                .user("tenon_leaver")
                .password("p")
                .pool(Pool.of(1).withConnectionTimeout(Duration.ofMillis(1_500)))
                .build())) {
      owner.sql().execute("alter role tenon_leaver nologin");
      owner
          .sql()
          .fetch(
              "select pg_terminate_backend(pid) from pg_stat_activity where usename = ?",
              "tenon_leaver");
      Waiting.until(() -> connectionsOf(database) == 0);

      assertThatThrownBy(() -> database.sql().fetchValue("select 1"))
          .isInstanceOf(RetryableException.class)
          .hasMessageContaining("tenon_leaver")
          .hasMessageContaining("SQLSTATE 28000")
          .satisfies(error -> assertThat(error.getMessage()).doesNotContain("start the server"));
    } finally {
      owner.sql().execute("drop role tenon_leaver");
    }
  }

  @Test
  void a_pool_that_is_lent_out_is_still_told_as_one() {
    try (Database database = open(fresh.url(), 1)) {
      database.transaction(
          transaction ->
              assertThatThrownBy(() -> database.sql().fetchValue("select 1"))
                  .isInstanceOf(RetryableException.class)
                  .hasMessageContaining("all are in use")
                  .hasMessageContaining("enlarge the pool"));
    }
  }

  @Test
  void a_closed_database_says_that_it_is_closed() {
    Database database = open(fresh.url(), 1);
    database.close();

    assertThatThrownBy(() -> database.sql().fetchValue("select 1"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the database was closed")
        .hasMessageContaining("keep it open");
    assertThatThrownBy(() -> database.transaction(transaction -> {}))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the database was closed");
  }
}
