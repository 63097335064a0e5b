package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server whose synchronous standby never comes: a commit waits until somebody cancels it. */
class StandbyWaitTest {

  private final PostgresServer server =
      PostgresServer.start(
          PostgresOptions.defaults().withSetting("synchronous_standby_names", "nobody"));
  private final ExecutorService writer = Executors.newSingleThreadExecutor();
  private Database waiting;
  private Database watching;

  @BeforeEach
  void open() {
    watching = open("?options=-c%20synchronous_commit=local");
    watching.sql().execute("create table ledger (entry text)");
    watching.sql().execute("alter database postgres set synchronous_commit = on");
    waiting = open("");
  }

  @AfterEach
  void close() {
    waiting.close();
    watching.close();
    writer.shutdownNow();
    server.close();
  }

  private Database open(String options) {
    Credentials superuser = server.superuser();
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl("postgres") + options)
            .user(superuser.user())
            .password(superuser.password())
            .poolSize(1)
            .build());
  }

  @Test
  void a_commit_whose_wait_is_cancelled_is_unknown() throws Exception {
    CompletableFuture<Outcome<Integer>> outcome =
        CompletableFuture.supplyAsync(
            () ->
                waiting.outcome(
                    Transaction.Options.defaults(),
                    transaction -> transaction.sql().execute("insert into ledger values ('a')")),
            writer);
    cancelTheWait();
    assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void a_statement_whose_wait_is_cancelled_is_unknown() {
    CompletableFuture<Integer> written =
        CompletableFuture.supplyAsync(
            () ->
                waiting.withSetting("app.x", "y").sql().execute("insert into ledger values ('a')"),
            writer);
    cancelTheWait();
    assertThatThrownBy(() -> written.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("synchronous standby");
  }

  @Test
  void a_plain_statement_whose_wait_is_cancelled_is_unknown() {
    CompletableFuture<Integer> written =
        CompletableFuture.supplyAsync(
            () -> waiting.sql().execute("insert into ledger values ('a')"), writer);
    cancelTheWait();
    assertThatThrownBy(() -> written.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(OutcomeUnknownException.class);
  }

  /** Its SQLSTATE is the same. */
  @Test
  void a_warning_of_the_applications_own_is_none() {
    watching
        .withSetting("app.x", "y")
        .sql()
        .execute("do $$ begin raise warning 'the disk is warm'; end $$");
    assertThat(
            watching.outcome(
                Transaction.Options.defaults(),
                transaction -> {
                  transaction.sql().execute("do $$ begin raise warning 'warm'; end $$");
                  return "done";
                }))
        .isEqualTo(new Outcome.Committed<>("done"));
  }

  private void cancelTheWait() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    boolean cancelled = false;
    while (!cancelled) {
      assertThat(System.nanoTime()).as("somebody waits").isLessThan(end);
      cancelled =
          !watching
              .sql()
              .fetch(
                  """
                  select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'
                  """)
              .isEmpty();
    }
  }
}
