package dev.tenon.core;

import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import dev.tenon.core.Transaction.Options.Isolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RetryTest {

  private static final Transaction.Options SERIALIZABLE =
      Transaction.Options.defaults().withIsolation(Isolation.SERIALIZABLE);

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void sixteen_writers_on_one_row_lose_no_update() throws Exception {
    Host host = Host.named("alpha").withCores(0);
    REPOSITORY.insert(database.get(), host);
    Transaction.Options options =
        SERIALIZABLE.repeatable(Retry.conflicts(1_000).within(Duration.ofMinutes(1)));
    inParallel(
        16,
        () -> {
          for (int i = 0; i < 25; i++) {
            database
                .get()
                .transaction(
                    options,
                    transaction -> {
                      Host read = REPOSITORY.get(transaction, host.id());
                      REPOSITORY.update(
                          transaction, read.withCores(Objects.requireNonNull(read.cores()) + 1));
                    });
          }
          return null;
        });
    assertThat(REPOSITORY.get(database.get(), host.id()).cores()).isEqualTo(400);
  }

  @Test
  void an_interrupt_in_the_pause_ends_it_with_the_conflict() {
    Transaction.Options options =
        Transaction.Options.defaults()
            .repeatable(Retry.conflicts(1_000_000).within(Duration.ofMinutes(1)));
    Outcome<Object> outcome =
        database
            .get()
            .outcome(
                options,
                transaction -> {
                  Thread.currentThread().interrupt();
                  transaction
                      .sql()
                      .execute("do $$ begin raise exception using errcode = '40001'; end $$");
                  return "never";
                });
    assertThat(Thread.interrupted()).isTrue();
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.RolledBack.class,
            undone ->
                assertThat(undone.cause())
                    .isInstanceOf(RetryableException.class)
                    .hasMessageContaining("the last of 1 attempts: the thread was interrupted"));
  }

  @Test
  void a_deadlock_is_run_again() throws Exception {
    Host alpha = Host.named("alpha").withCores(0);
    Host beta = Host.named("beta").withCores(0);
    REPOSITORY.insert(database.get(), alpha);
    REPOSITORY.insert(database.get(), beta);
    Transaction.Options options =
        Transaction.Options.defaults()
            .repeatable(Retry.conflicts(1_000).within(Duration.ofMinutes(1)));
    AtomicInteger turn = new AtomicInteger();
    inParallel(
        4,
        () -> {
          List<Host> order =
              turn.getAndIncrement() % 2 == 0 ? List.of(alpha, beta) : List.of(beta, alpha);
          for (int i = 0; i < 10; i++) {
            database
                .get()
                .transaction(
                    options,
                    transaction -> {
                      for (Host host : order) {
                        transaction
                            .withSetting("deadlock_timeout", "10ms")
                            .sql()
                            .execute(
                                "update hosts set cores = cores + 1 where id = {0}",
                                DSL.val(host.id()));
                      }
                    });
          }
          return null;
        });
    assertThat(REPOSITORY.get(database.get(), alpha.id()).cores()).isEqualTo(40);
    assertThat(REPOSITORY.get(database.get(), beta.id()).cores()).isEqualTo(40);
  }

  @Test
  void ends_with_the_conflict_after_the_last_attempt() {
    AtomicInteger runs = new AtomicInteger();
    assertThatThrownBy(() -> conflicting(SERIALIZABLE.repeatable(Retry.conflicts(3)), runs))
        .isInstanceOf(RetryableException.class)
        .satisfies(error -> assertThat(((TenonException) error).sqlState()).contains("40001"))
        .hasMessageContaining(
            "why: SQLSTATE 40001; the last of 3 attempts: Retry.conflicts allows no more");
    assertThat(runs).hasValue(3);
  }

  @Test
  void begins_no_attempt_after_its_time() {
    AtomicInteger runs = new AtomicInteger();
    Retry brief = Retry.conflicts(1_000_000).within(Duration.ofSeconds(2));
    assertThatThrownBy(() -> conflicting(SERIALIZABLE.repeatable(brief), runs))
        .isInstanceOf(RetryableException.class)
        .satisfies(
            error ->
                assertThat(error)
                    .hasMessageContaining(
                        "the last of "
                            + runs
                            + " attempts: Retry.within allows none after 2000 ms"));
    assertThat(runs.get()).isBetween(2, 10_000);
  }

  @Test
  void no_pause_leads_beyond_its_time() {
    List<Duration> lasts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      List<Long> begins = new ArrayList<>();
      assertThatThrownBy(
              () ->
                  database
                      .get()
                      .transaction(
                          Transaction.Options.defaults()
                              .repeatable(Retry.conflicts(50).within(Duration.ofMillis(300))),
                          transaction -> {
                            begins.add(System.nanoTime());
                            transaction
                                .sql()
                                .execute(
                                    "do $$ begin raise exception using errcode = '40001'; end $$");
                          }))
          .isInstanceOf(RetryableException.class)
          .hasMessageContaining(
              "the last of " + begins.size() + " attempts: Retry.within allows none after 300 ms");
      lasts.add(Duration.ofNanos(begins.get(begins.size() - 1) - begins.get(0)));
    }
    // A busy machine may begin some late that were allowed in time; without the bound all are late.
    assertThat(Collections.min(lasts)).isLessThanOrEqualTo(Duration.ofMillis(300));
  }

  @Test
  void without_it_a_callback_runs_once() {
    AtomicInteger runs = new AtomicInteger();
    assertThatThrownBy(() -> conflicting(SERIALIZABLE, runs))
        .isInstanceOf(RetryableException.class)
        .hasMessageNotContaining("attempts");
    assertThat(runs).hasValue(1);
  }

  @Test
  void what_is_no_conflict_is_not_run_again() {
    AtomicInteger runs = new AtomicInteger();
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        SERIALIZABLE.repeatable(Retry.conflicts(5)),
                        transaction -> {
                          runs.incrementAndGet();
                          REPOSITORY.insert(transaction, Host.named("alpha"));
                          REPOSITORY.insert(transaction, Host.named("alpha"));
                        }))
        .isInstanceOf(InvalidDataException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void actions_of_an_attempt_that_was_undone_do_not_run_after_the_commit() {
    AtomicInteger runs = new AtomicInteger();
    List<String> events = new ArrayList<>();
    Host host = Host.named("alpha");
    REPOSITORY.insert(database.get(), host);
    database
        .get()
        .transaction(
            SERIALIZABLE.repeatable(Retry.conflicts(5)),
            transaction -> {
              int run = runs.incrementAndGet();
              transaction.afterCommit(() -> events.add("committed " + run));
              transaction.afterRollback(() -> events.add("undone " + run));
              Host read = REPOSITORY.get(transaction, host.id());
              if (run == 1) {
                REPOSITORY.update(database.get(), read.withCores(9));
              }
              REPOSITORY.update(transaction, read.withCores(10));
            });
    assertThat(events).containsExactly("undone 1", "committed 2");
  }

  @Test
  void a_connection_lost_before_the_commit_is_run_again() {
    AtomicInteger runs = new AtomicInteger();
    database
        .get()
        .transaction(
            Transaction.Options.defaults().repeatable(Retry.conflicts(3)),
            transaction -> {
              Object backend = transaction.sql().fetchValue("select pg_backend_pid()");
              if (runs.incrementAndGet() == 1) {
                database.get().sql().fetch("select pg_terminate_backend(?)", backend);
              }
              REPOSITORY.insert(transaction, Host.named("alpha"));
            });
    assertThat(runs).hasValue(2);
    assertThat(database.get().sql().fetchCount(Hosts.HOSTS)).isEqualTo(1);
  }

  @Test
  void refuses_a_number_of_attempts_that_repeats_nothing() {
    assertThatThrownBy(() -> Retry.conflicts(1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("attempts is 1");
  }

  /** Another transaction always changes the row in between. */
  private void conflicting(Transaction.Options options, AtomicInteger runs) {
    Host host = Host.named("host of " + runs.hashCode());
    REPOSITORY.insert(database.get(), host);
    database
        .get()
        .transaction(
            options,
            transaction -> {
              runs.incrementAndGet();
              Host read = REPOSITORY.get(transaction, host.id());
              REPOSITORY.update(database.get(), read.withCores(1));
              REPOSITORY.update(transaction, read.withCores(2));
            });
  }

  private static void inParallel(int threads, Callable<Void> work) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Void>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(pool.submit(work));
      }
      for (Future<Void> one : running) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
