package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.assertRefreshed;
import static dev.tenon.timeseries.RollupContract.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server makes a commit visible before it tells other sessions of a new chunk. In the commit of a
 * prepared transaction the files of dropped tables are removed between the two.
 */
@Timeout(120)
final class ChunkVisibilityTest {

  private static final String TABLES =
      "do $$ begin for i in 1..5000 loop execute format('%s', i); end loop; end $$";

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_chunk_that_a_session_has_not_heard_of_is_in_its_refresh(boolean timescale)
      throws Exception {
    TestSchema schema = timescale ? new Readings.OnTimescale() : new Readings.OnPartitions();
    try (PostgresServer server =
            PostgresServer.start(
                PostgresOptions.defaults()
                    .withSetting("max_prepared_transactions", "1")
                    .withSetting("max_locks_per_transaction", "256"));
        TestDatabase made = server.database(schema.template());
        Database database = oneSession(server, made);
        Connection writer = server.dataSource(made.name(), server.superuser()).getConnection();
        Connection reader = server.dataSource(made.name(), server.superuser()).getConnection();
        Statement write = writer.createStatement();
        Statement read = reader.createStatement()) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      int attempt = 1;
      while (!isRefreshedEarly(acme, write, read, timescale, attempt)) {
        assertThat(attempt++).as("attempts that saw the commit when it had ended").isLessThan(9);
      }
    }
  }

  /** Whether the refresh began before the commit had ended. */
  private static boolean isRefreshedEarly(
      TenantSession acme, Statement write, Statement read, boolean timescale, int attempt)
      throws Exception {
    write.execute(TABLES.formatted("create table dropped_%s ()"));
    // What the session knows of the table it knows by now.
    for (int minute = 0; minute < 10; minute++) {
      Instant time = NOON.plus(Duration.ofHours(attempt).plusMinutes(minute));
      READINGS.append(acme, List.of(reading(time, 1)));
      READINGS.refresh(acme).run();
    }
    Instant later = NOON.plus(Duration.ofDays(100L * attempt));
    prepare(write, timescale, later);
    CompletableFuture<Void> commit = Waiting.forEnd(() -> commit(write));
    while (!isSeen(read, later)) {
      Thread.onSpinWait();
    }
    boolean early = !commit.isDone();
    READINGS.refresh(acme).run();
    commit.get(60, TimeUnit.SECONDS);
    assertRefreshed(acme);
    return early;
  }

  private static Database oneSession(PostgresServer server, TestDatabase made) {
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl(made.name()))
            .user(made.application().user())
            .password(made.application().password())
            .poolSize(1)
            .build());
  }

  private static void prepare(Statement write, boolean timescale, Instant time)
      throws SQLException {
    write.execute("begin; set local app.current_tenant = '%s'".formatted(ACME));
    write.execute(TABLES.formatted("drop table dropped_%s"));
    if (!timescale) {
      write.execute("select readings_make_chunks(array['%s'::timestamptz])".formatted(time));
    }
    write.execute(
        """
        insert into readings (tenant_id, time, meter, channel, units)
        values ('%s', '%s', 'm1', 1, 7)
        """
            .formatted(ACME, time));
    write.execute("prepare transaction 'slow'");
  }

  private static void commit(Statement write) {
    try {
      write.execute("commit prepared 'slow'");
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static boolean isSeen(Statement read, Instant time) throws SQLException {
    try (ResultSet result =
        read.executeQuery("select from readings_changes where to_time > '%s'".formatted(time))) {
      return result.next();
    }
  }
}
