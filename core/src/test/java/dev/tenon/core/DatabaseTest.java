package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PgConnection;

class DatabaseTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with();

  @Test
  void refuses_a_url_of_another_kind_before_any_io() {
    assertThatThrownBy(() -> DatabaseConfig.url("jdbc:h2:mem:x"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("jdbc:h2:mem:x");
  }

  @Test
  void says_where_nothing_answers_without_repeating_the_password() {
    assertThatThrownBy(
            () ->
                Database.open(
                    DatabaseConfig.url("jdbc:postgresql://127.0.0.1:1/none?password=secret")
                        .user("app")
                        .pool(Pool.of(10).withConnectionTimeout(Duration.ofMillis(500)))
                        .build()))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("127.0.0.1:1/none")
        .satisfies(error -> assertThat(error.getMessage()).doesNotContain("secret"));
  }

  @Test
  void cancels_a_statement_that_runs_longer_than_the_timeout_and_stays_usable() {
    try (Database impatient =
        Database.open(database.config().statementTimeout(Duration.ofMillis(100)).build())) {
      assertThatThrownBy(() -> impatient.sql().fetch("select pg_sleep(5)"))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("timeout");
      assertThat(impatient.sql().fetchValue("select 1")).isEqualTo(1);
    }
  }

  @Test
  void gives_every_statement_of_a_foreign_data_source_a_timeout_too() {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setUrl(database.url());
    plain.setUser(database.user());
    plain.setPassword(database.password());
    Database foreign = Database.using(plain, Duration.ofMillis(100));
    assertThatThrownBy(() -> foreign.sql().fetch("select pg_sleep(5)"))
        .isInstanceOf(ServerException.class);
    assertThatThrownBy(
            () -> foreign.transaction(transaction -> transaction.sql().fetch("select pg_sleep(5)")))
        .isInstanceOf(ServerException.class);
  }

  @Test
  void stays_usable_after_every_kind_of_failed_statement() {
    try (Database small = Database.open(database.config().poolSize(1).build())) {
      Session framed = small.withSetting("app.actor", "x");
      for (String broken :
          List.of(
              "select * from nowhere",
              "select 1/0",
              "selec",
              "select 'a'::int",
              "select 1; select 1/0")) {
        for (int i = 0; i < 7; i++) {
          assertThatThrownBy(() -> framed.sql().fetch(broken)).isInstanceOf(TenonException.class);
          assertThat(framed.sql().fetchValue("select current_setting('app.actor')")).isEqualTo("x");
        }
      }
    }
  }

  @Test
  void keeps_the_connection_after_a_refused_statement() {
    try (Database small = Database.open(database.config().poolSize(1).build())) {
      Session framed = small.withSetting("app.actor", "x");
      Object backend = framed.sql().fetchValue("select pg_backend_pid()");
      assertThatThrownBy(() -> framed.sql().fetch("select 1/0"))
          .isInstanceOf(InvalidDataException.class);
      assertThat(framed.sql().fetchValue("select pg_backend_pid()")).isEqualTo(backend);
    }
  }

  @Test
  void gives_statements_a_timeout_also_where_the_url_has_options_of_its_own() {
    DatabaseConfig config =
        DatabaseConfig.url(
                database.url()
                    + (database.url().contains("?") ? "&" : "?")
                    + "options=-c%20work_mem=8MB")
            .user(database.user())
            .password(database.password())
            .statementTimeout(Duration.ofMillis(100))
            .build();
    try (Database own = Database.open(config)) {
      assertThatThrownBy(() -> own.sql().fetch("select pg_sleep(5)"))
          .isInstanceOf(ServerException.class);
      assertThat(own.sql().fetchValue("select current_setting('work_mem')")).isEqualTo("8MB");
    }
  }

  @Test
  void waits_for_a_silent_server_a_little_longer_than_for_a_statement_unless_the_url_says_how_long()
      throws Exception {
    DatabaseConfig.Builder ten = database.config().statementTimeout(Duration.ofSeconds(10));
    assertThat(socketTimeout(ten.build())).isBetween(10_001, 60_000);
    String own = database.url() + (database.url().contains("?") ? "&" : "?") + "socketTimeout=77";
    assertThat(
            socketTimeout(
                DatabaseConfig.url(own)
                    .user(database.user())
                    .password(database.password())
                    .build()))
        .isEqualTo(77_000);
  }

  private static int socketTimeout(DatabaseConfig config) throws SQLException {
    try (Database opened = Database.open(config);
        Connection connection = opened.unwrap(DataSource.class).getConnection()) {
      return connection.unwrap(PgConnection.class).getNetworkTimeout();
    }
  }

  @Test
  void says_that_the_pool_is_exhausted_and_why() {
    try (Database small =
        Database.open(
            database
                .config()
                .pool(Pool.of(1).withConnectionTimeout(Duration.ofMillis(300)))
                .build())) {
      small.transaction(
          transaction -> {
            transaction.sql().fetchValue("select 1");
            assertThatThrownBy(() -> small.sql().fetchValue("select 1"))
                .isInstanceOf(RetryableException.class)
                .hasMessageContaining("no connection became free");
          });
    }
  }

  @Test
  void replaces_a_connection_that_the_server_ended() {
    try (Database small = Database.open(database.config().poolSize(1).build())) {
      Object backend = small.sql().fetchValue("select pg_backend_pid()");
      database.get().sql().fetch("select pg_terminate_backend(?)", backend);
      assertThatThrownBy(() -> small.sql().fetchValue("select 1"))
          .isInstanceOf(OutcomeUnknownException.class);
      assertThat(small.sql().fetchValue("select 1")).isEqualTo(1);
    }
  }

  @Test
  void keeps_its_settings_beyond_the_sixth_execution_of_every_shape_of_parameter() {
    try (Database small = Database.open(database.config().poolSize(1).build())) {
      Session framed = small.withSetting("app.actor", "ann");
      for (int i = 0; i < 20; i++) {
        assertThat(
                framed
                    .sql()
                    .fetchValue(
                        "select current_setting('app.actor') || repeat('x', ?) where ?::timestamptz < now()",
                        100,
                        java.sql.Timestamp.from(java.time.Instant.EPOCH)))
            .asString()
            .startsWith("ann");
      }
    }
  }

  @Test
  void many_threads_share_a_small_pool() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try (Database small = Database.open(database.config().poolSize(2).build())) {
      List<Callable<Object>> work = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String actor = "actor " + i;
        work.add(
            () ->
                small
                    .withSetting("app.actor", actor)
                    .sql()
                    .fetchValue("select current_setting('app.actor') = ?", actor));
      }
      for (var answer : threads.invokeAll(work)) {
        assertThat(answer.get()).isEqualTo(true);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void knows_the_version_and_the_extensions_of_the_server() {
    Capabilities capabilities = database.get().capabilities();
    assertThat(capabilities.serverVersion()).isGreaterThanOrEqualTo(170000);
    assertThat(capabilities.has("plpgsql")).isTrue();
    assertThatThrownBy(() -> capabilities.require("postgis", "the map"))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("create extension if not exists \"postgis\"");
  }

  @Test
  void refuses_options_that_make_no_sense() {
    assertThatThrownBy(() -> DatabaseConfig.url("jdbc:postgresql:x").poolSize(0))
        .hasMessageContaining("the size of the pool is 0");
    assertThatThrownBy(
            () -> DatabaseConfig.url("jdbc:postgresql:x").statementTimeout(Duration.ZERO))
        .hasMessageContaining("no limit");
  }

  @Test
  void a_longer_statement_timeout_waits_longer_for_the_reply() {
    try (Database open =
        Database.open(
            database.config().poolSize(1).statementTimeout(Duration.ofSeconds(10)).build())) {
      Session patient = open.withSetting("statement_timeout", "10min");
      assertThat(patient.<Integer>jdbc(Connection::getNetworkTimeout)).isEqualTo(610_000);
      int inTransaction =
          open.transactionResult(
              transaction ->
                  transaction
                      .withSetting("statement_timeout", "0")
                      .<Integer>jdbc(Connection::getNetworkTimeout));
      assertThat(inTransaction).isZero();
      assertThat(open.<Integer>jdbc(Connection::getNetworkTimeout)).isEqualTo(20_000);
    }
  }

  @Test
  void a_transaction_asks_for_capabilities_on_its_own_connection() {
    try (Database one =
        Database.open(
            database
                .config()
                .pool(Pool.of(1).withConnectionTimeout(Duration.ofMillis(300)))
                .build())) {
      int version =
          one.transactionResult(transaction -> transaction.capabilities().serverVersion());
      assertThat(version).isGreaterThanOrEqualTo(170000);
    }
  }
}
