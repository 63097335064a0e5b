package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tenon.core.Hosts.Host;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A connection that the server closed, in whatever way, is told as that, and the work runs again.
 */
class LostConnectionsTest {

  private static final String KILL = "select pg_terminate_backend(pg_backend_pid())";
  private static final Transaction.Options REPEATABLE =
      Transaction.Options.defaults().repeatable(Retry.conflicts(3));

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  private final AtomicInteger runs = new AtomicInteger();

  @Test
  void lost_within_a_savepoint_the_work_runs_again() {
    database
        .get()
        .transaction(
            REPEATABLE,
            transaction ->
                transaction.savepoint(
                    inner -> {
                      if (runs.incrementAndGet() == 1) {
                        inner.sql().execute(KILL);
                      }
                    }));
    assertThat(runs).hasValue(2);
  }

  @Test
  void lost_within_a_bulk_write_the_work_runs_again() {
    database
        .get()
        .sql()
        .execute(
            """
            create sequence runs;
            create function kill() returns trigger language plpgsql as $$
            begin
              if nextval('runs') = 1 then
                perform pg_terminate_backend(pg_backend_pid());
              end if;
              return new;
            end $$;
            create trigger kill before insert on hosts for each row execute function kill();
            """);
    List<Host> hosts = List.of(Host.named("one"), Host.named("two"));
    database
        .get()
        .transaction(
            REPEATABLE,
            transaction -> {
              runs.incrementAndGet();
              Hosts.REPOSITORY.insertAll(transaction, hosts);
            });
    assertThat(runs).hasValue(2);
    assertThat(database.get().sql().fetchCount(Hosts.HOSTS)).isEqualTo(2);
  }

  @Test
  void lost_before_a_savepoint_is_undone_the_error_of_its_callback_stays() {
    IllegalStateException own = new IllegalStateException("own");
    Throwable thrown =
        catchThrowable(
            () ->
                database
                    .get()
                    .transaction(
                        transaction ->
                            transaction.savepoint(
                                inner -> {
                                  assertThatThrownBy(() -> inner.sql().execute(KILL))
                                      .isInstanceOf(RetryableException.class);
                                  throw own;
                                })));
    assertThat(thrown).isSameAs(own).hasSuppressedException(own.getSuppressed()[0]);
    assertThat(own.getSuppressed()[0]).isInstanceOf(TenonException.class);
  }

  @Test
  void lost_without_a_word_of_the_callback_the_work_runs_again_at_its_next_statement() {
    database
        .get()
        .transaction(
            REPEATABLE,
            transaction -> {
              loseAtFirst(transaction);
              transaction.sql().execute("select 1");
            });
    assertThat(runs).hasValue(2);
  }

  @Test
  void lost_without_a_word_of_the_callback_the_work_runs_again_instead_of_its_commit() {
    database.get().transaction(REPEATABLE, this::loseAtFirst);
    assertThat(runs).hasValue(2);
  }

  @Test
  void lost_by_idling_in_a_transaction_the_work_runs_again() {
    database
        .get()
        .transaction(
            REPEATABLE,
            transaction -> {
              idleAtFirst(transaction);
              transaction.sql().execute("select 1");
            });
    assertThat(runs).hasValue(2);
  }

  /** The server says that it ended the transaction, so nothing was committed. */
  @Test
  void lost_by_idling_before_the_commit_the_work_is_rolled_back_and_runs_again() {
    Host host = Host.named("alpha");
    database
        .get()
        .transaction(
            REPEATABLE,
            transaction -> {
              Hosts.REPOSITORY.insert(transaction, host);
              idleAtFirst(transaction);
            });
    assertThat(runs).hasValue(2);
    assertThat(database.get().sql().fetchCount(Hosts.HOSTS)).isEqualTo(1);
  }

  @Test
  void a_connection_that_idled_too_long_leaves_the_pool() {
    try (Database small = Database.open(database.config().poolSize(1).build())) {
      assertThatThrownBy(
              () ->
                  small.transaction(
                      transaction -> {
                        idleAtFirst(transaction);
                        transaction.sql().execute("select 1");
                      }))
          .isInstanceOf(RetryableException.class);
      assertThat(small.sql().fetchValue("select 1")).isEqualTo(1);
    }
  }

  @Test
  void a_transaction_beyond_its_timeout_is_rolled_back_and_not_run_again() {
    try (Database small = Database.open(database.config().poolSize(1).build())) {
      assertThatThrownBy(
              () ->
                  small.transaction(
                      REPEATABLE.withTimeout(Duration.ofMillis(200)),
                      transaction -> {
                        runs.incrementAndGet();
                        transaction.sql().execute("select pg_sleep(5)");
                      }))
          .isInstanceOf(ServerException.class);
      assertThat(small.sql().fetchValue("select 1")).isEqualTo(1);
    }
    assertThat(runs).hasValue(1);
  }

  @Test
  void a_timeout_ends_a_commit_that_runs_deferred_triggers() {
    database
        .get()
        .sql()
        .execute(
            """
            create function nap() returns trigger language plpgsql as $$
            begin perform pg_sleep(5); return null; end $$;
            create constraint trigger nap after insert on hosts deferrable initially deferred
              for each row execute function nap();
            """);
    Outcome<Boolean> outcome =
        database
            .get()
            .outcome(
                Transaction.Options.defaults().withTimeout(Duration.ofMillis(300)),
                transaction -> {
                  Hosts.REPOSITORY.insert(transaction, Host.named("alpha"));
                  return true;
                });
    assertThat(outcome).isInstanceOf(Outcome.RolledBack.class);
    assertThat(database.get().sql().fetchCount(Hosts.HOSTS)).isZero();
  }

  private void loseAtFirst(Transaction transaction) {
    if (runs.getAndIncrement() == 0) {
      assertThatThrownBy(() -> transaction.sql().execute(KILL))
          .isInstanceOf(RetryableException.class);
    }
  }

  private void idleAtFirst(Transaction transaction) {
    if (runs.getAndIncrement() == 0) {
      Object idle = transaction.sql().fetchValue("select pg_backend_pid()");
      transaction.sql().execute("set local idle_in_transaction_session_timeout = '100ms'");
      Waiting.until(
          () ->
              database
                  .get()
                  .sql()
                  .fetch("select from pg_stat_activity where pid = {0}", DSL.val(idle))
                  .isEmpty());
    }
  }
}
