package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A primary and its standby.
 *
 * <p>Smaller here than it is published: {@code -Dtenon.failover.rounds=20} is the whole.
 */
@Timeout(1200)
class FailoverTest {

  private static final int ROUNDS = Integer.getInteger("tenon.failover.rounds", 1);
  private static final int WRITERS = 4;

  private static PostgresServer primary() {
    return PostgresServer.start(
        PostgresOptions.defaults().withDurability().withSetting("synchronous_standby_names", "*"));
  }

  private static PostgresOptions following() {
    return PostgresOptions.defaults().withSetting("wal_retrieve_retry_interval", "100ms");
  }

  private static Database open(PostgresServer server, String url, int size) {
    return Database.open(
        DatabaseConfig.url(url)
            .user(server.superuser().user())
            .password(server.superuser().password())
            .pool(Pool.of(size).withConnectionTimeout(Duration.ofSeconds(20)))
            .build());
  }

  private static void withoutWaiting(PostgresServer primary, String sql) {
    try (Database owner =
        open(primary, primary.jdbcUrl("postgres") + "?options=-c%20synchronous_commit=local", 1)) {
      owner.sql().execute(sql);
    }
  }

  private static Object backend(Database database) {
    return database.sql().fetchValue("select pg_backend_pid()");
  }

  private static List<Consumer<Database>> writes() {
    return List.of(
        database -> database.sql().execute("insert into note values (1)"),
        database -> database.withSetting("a.b", "c").sql().execute("insert into note values (1)"),
        database -> database.transaction(tx -> tx.sql().execute("insert into note values (1)")),
        database ->
            database.jdbc(
                connection -> {
                  try (PreparedStatement statement =
                      connection.prepareStatement("insert into note values (?)")) {
                    statement.setInt(1, 1);
                    statement.addBatch();
                    statement.setInt(1, 2);
                    statement.addBatch();
                    return statement.executeBatch();
                  }
                }));
  }

  @Test
  void a_connection_that_leads_to_a_standby_leaves_the_pool_at_its_first_write() {
    try (PostgresServer primary = PostgresServer.start(PostgresOptions.defaults())) {
      withoutWaiting(primary, "create table note (id int)");
      try (PostgresServer standby = primary.startStandby(following());
          Database database = open(standby, standby.jdbcUrl("postgres"), 1)) {
        for (Consumer<Database> write : writes()) {
          Object before = backend(database);

          assertThatThrownBy(() -> write.accept(database))
              .isInstanceOf(RetryableException.class)
              .hasMessageContaining("the server is a standby")
              .hasMessageContaining("targetServerType=primary");

          assertThat(backend(database)).isNotEqualTo(before);
        }
        database.sql().execute("select pg_promote()");
        writes().forEach(write -> write.accept(database));
        assertThat(database.sql().fetchValue("select count(*) from note")).isEqualTo(5L);
      }
    }
  }

  @Test
  void a_transaction_that_was_declared_read_only_keeps_its_connection() {
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults());
        Database database = open(server, server.jdbcUrl("postgres"), 1)) {
      database.sql().execute("create table note (id int)");
      Object before = backend(database);

      assertThatThrownBy(
              () ->
                  database.transaction(
                      Transaction.Options.defaults().asReadOnly(),
                      tx -> tx.sql().execute("insert into note values (1)")))
          .isInstanceOf(UsageException.class);

      assertThat(backend(database)).isEqualTo(before);
    }
  }

  /**
   * While the network to the standby is cut, commits wait for it; some waits are cancelled. Then
   * the primary is killed and the standby takes over.
   */
  @Test
  void no_acknowledged_write_is_lost_and_every_unknown_one_is_resolved() throws Exception {
    int acknowledged = 0;
    int unknown = 0;
    for (int round = 0; round < ROUNDS; round++) {
      AcknowledgedWrites writes = new AcknowledgedWrites();
      failOver(writes, Duration.ofMillis(round % 2 == 0 ? 400 : 2_500));
      acknowledged += writes.committed.size();
      unknown += writes.unknown.size();
    }
    System.out.printf(
        "failover: %d rounds, %d acknowledged, 0 lost, %d unknown, all resolved%n",
        ROUNDS, acknowledged, unknown);
  }

  private static void failOver(AcknowledgedWrites writes, Duration cut) throws Exception {
    try (PostgresServer primary = primary();
        FaultProxy network = FaultProxy.to(primary);
        Database watching =
            open(
                primary,
                primary.jdbcUrl("postgres") + "?options=-c%20synchronous_commit=local",
                2)) {
      AcknowledgedWrites.prepare(watching);
      try (PostgresServer standby = primary.startStandby(following(), network);
          Database writing = open(primary, primary.jdbcUrl("postgres"), WRITERS)) {
        writes.start(writing, WRITERS);
        Waiting.until(() -> writes.committed.size() > 200);
        network.timeout();
        pause(cut.dividedBy(2));
        watching
            .sql()
            .execute(
                "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
        pause(cut.dividedBy(2));
        writes.stop();
        primary.kill9();
        writes.join();
        requireNothingLost(standby, writes);
      }
    }
  }

  private static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    Waiting.until(() -> System.nanoTime() > end);
  }

  private static void requireNothingLost(PostgresServer standby, AcknowledgedWrites writes) {
    try (Database survivor = open(standby, standby.jdbcUrl("postgres"), 2)) {
      survivor.sql().execute("select pg_promote()");

      assertThat(writes.unknown).isNotEmpty();
      writes.requireKeptBy(survivor);
      survivor.sql().execute("insert into entry values ('after')");
    }
  }
}
