package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import dev.tenon.core.Outcome.Committed;
import dev.tenon.core.Outcome.RolledBack;
import dev.tenon.core.Outcome.Unknown;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.Moment;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomeTest {

  private static final Transaction.Options DEFAULTS = Transaction.Options.defaults();

  @RegisterExtension
  final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS, Operations.migrations());

  @Test
  void an_error_runs_what_was_asked_for_after_a_rollback() {
    List<String> log = new ArrayList<>();
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          transaction.afterRollback(() -> log.add("undone"));
                          throw new StackOverflowError();
                        }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(log).containsExactly("undone");
  }

  @Test
  void a_key_or_a_lock_that_is_cut_in_the_middle_of_a_character_is_refused() {
    String cut = "order \ud83d";
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(DEFAULTS.withOperation(cut), transaction -> transaction.sql()))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> database.get().isApplied(cut))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> database.get().transaction(transaction -> transaction.lock(cut)))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void is_rolled_back_where_the_pool_is_closed_before_the_commit_is_sent() {
    List<String> log = new ArrayList<>();
    Outcome<String> outcome =
        database
            .get()
            .outcome(
                DEFAULTS,
                transaction -> {
                  transaction.afterRollback(() -> log.add("undone"));
                  transaction.sql().fetch("select 1");
                  database.get().close();
                  return "done";
                });
    assertThat(outcome).isInstanceOf(RolledBack.class);
    assertThat(log).containsExactly("undone");
  }

  @Test
  void is_committed_with_the_result() {
    assertThat(database.get().outcome(DEFAULTS, transaction -> "done"))
        .isEqualTo(new Committed<>("done"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "57P01"})
  void is_rolled_back_where_a_function_raises_what_looks_like_a_lost_connection(String state) {
    database
        .get()
        .sql()
        .execute(
            "create function refuse() returns trigger language plpgsql as 'begin raise exception"
                + " using errcode = ''"
                + state
                + "''; end'");
    database
        .get()
        .sql()
        .execute(
            "create constraint trigger refuse after insert on hosts deferrable initially deferred"
                + " for each row execute function refuse()");
    List<String> log = new ArrayList<>();
    Outcome<String> outcome =
        database
            .get()
            .outcome(
                DEFAULTS,
                transaction -> {
                  transaction.afterRollback(() -> log.add("undone"));
                  Hosts.REPOSITORY.insert(transaction, Host.named("alpha"));
                  return "done";
                });
    assertThat(outcome).isInstanceOf(RolledBack.class);
    assertThat(log).containsExactly("undone");
    assertThatThrownBy(() -> Hosts.REPOSITORY.insert(database.get(), Host.named("beta")))
        .isInstanceOf(RetryableException.class);
    assertThat(database.get().sql().fetchCount(Hosts.HOSTS)).isZero();
  }

  @Test
  void is_rolled_back_with_what_the_callback_threw() {
    IOException disk = new IOException("disk");
    Host host = Host.named("alpha");
    Outcome<String> outcome =
        database
            .get()
            .outcome(
                DEFAULTS,
                transaction -> {
                  Hosts.REPOSITORY.insert(transaction, host);
                  throw disk;
                });
    assertThat(outcome).isEqualTo(new RolledBack<>(disk));
    assertThat(Hosts.REPOSITORY.find(database.get(), host.id())).isEmpty();
  }

  @Test
  void of_a_callback_that_saw_another_commit_get_lost_is_still_rolled_back() {
    OutcomeUnknownException elsewhere =
        new OutcomeUnknownException(Problem.what("x").where("y").fix("z"));
    assertThat(
            database
                .get()
                .outcome(
                    DEFAULTS,
                    transaction -> {
                      throw elsewhere;
                    }))
        .isEqualTo(new RolledBack<>(elsewhere));
  }

  @Test
  void cannot_be_asked_for_inside_a_transaction() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(transaction -> transaction.outcome(DEFAULTS, inner -> "x")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("inside a transaction");
  }

  @Test
  void an_operation_is_applied_once() {
    Transaction.Options once = DEFAULTS.withOperation("request 1");
    AtomicInteger runs = new AtomicInteger();
    assertThat(database.get().isApplied("request 1")).isFalse();
    database.get().transaction(once, transaction -> runs.incrementAndGet());
    assertThat(database.get().isApplied("request 1")).isTrue();
    assertThatThrownBy(
            () -> database.get().transaction(once, transaction -> runs.incrementAndGet()))
        .isInstanceOf(AlreadyAppliedException.class);
    assertThat(runs).hasValue(1);
  }

  @Test
  void an_operation_that_failed_can_be_run_again() {
    Transaction.Options once = DEFAULTS.withOperation("request 1");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        once,
                        transaction -> {
                          throw new IllegalStateException("no");
                        }))
        .hasMessage("no");
    assertThat(database.get().isApplied("request 1")).isFalse();
    database.get().transaction(once, transaction -> {});
    assertThat(database.get().isApplied("request 1")).isTrue();
  }

  @Test
  void asking_waits_for_a_run_that_still_has_the_key() {
    ExecutorService asker = Executors.newSingleThreadExecutor();
    try {
      CompletableFuture<Boolean> answer =
          database
              .get()
              .transactionResult(
                  DEFAULTS.withOperation("request 1"),
                  transaction -> {
                    CompletableFuture<Boolean> asked =
                        CompletableFuture.supplyAsync(
                            () -> database.get().isApplied("request 1"), asker);
                    awaitBlocked(database.get());
                    assertThat(asked).isNotDone();
                    return asked;
                  });
      assertThat(answer.join()).isTrue();
    } finally {
      asker.shutdownNow();
    }
  }

  private static void awaitBlocked(Session session) {
    Waiting.until(
        () ->
            session
                .sql()
                .fetchSingle(
                    """
                    select count(*) from pg_stat_activity
                     where datname = current_database() and wait_event_type = 'Lock'
                    """)
                .get(0, Long.class)
                .equals(1L));
  }

  @Test
  void is_unknown_when_the_reply_is_lost_and_the_key_tells() {
    try (FaultProxy network = FaultProxy.to(database.server());
        Database far = database.through(network, 2)) {
      Host host = Host.named("alpha");
      network.on(Moment.beforeReply("COMMIT")).resetPeer();
      Outcome<Host> outcome =
          far.outcome(
              DEFAULTS.withOperation("request 1"),
              transaction -> {
                Hosts.REPOSITORY.insert(transaction, host);
                return host;
              });
      assertThat(outcome).isInstanceOf(Unknown.class);
      assertThat(((Unknown<Host>) outcome).operation()).contains("request 1");
      assertThat(((Unknown<Host>) outcome).cause())
          .hasMessageContaining("ask Session.isApplied with the key of the operation");
      assertThat(far.isApplied("request 1")).isTrue();
      assertThat(Hosts.REPOSITORY.find(far, host.id())).contains(host);
    }
  }

  @Test
  void an_unknown_one_without_a_key_says_what_would_have_told() {
    try (FaultProxy network = FaultProxy.to(database.server());
        Database far = database.through(network, 2)) {
      network.on(Moment.beforeReply("COMMIT")).resetPeer();
      assertThatThrownBy(
              () ->
                  far.transaction(
                      transaction -> Hosts.REPOSITORY.insert(transaction, Host.named("alpha"))))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContaining("fix: read what the work would have written")
          .hasMessageContaining(
              "after a transaction with Transaction.Options.withOperation, Session.isApplied tells")
          .satisfies(
              error -> assertThat(((TenonException) error).sqlState().orElse("")).startsWith("08"));
    }
  }

  /** Every lost reply is resolved by its key, and run again only if the key is not there. */
  @Test
  void a_retry_never_applies_twice_and_never_loses() {
    int operations = 200;
    List<String> lost = new ArrayList<>();
    try (FaultProxy network = FaultProxy.to(database.server());
        Database far = database.through(network, 1)) {
      far.sql().execute("create table ledger (operation text)");
      for (int i = 0; i < operations; i++) {
        if (i % 3 == 0) {
          network.on(Moment.beforeReply("COMMIT")).resetPeer();
        } else if (i % 3 == 1) {
          network.on(Moment.statement("COMMIT")).resetPeer();
        }
        String key = "operation " + i;
        boolean done = false;
        while (!done) {
          Outcome<Integer> outcome =
              far.outcome(
                  DEFAULTS.withOperation(key),
                  transaction ->
                      transaction.sql().execute("insert into ledger values ({0})", DSL.val(key)));
          if (outcome instanceof Unknown<Integer>) {
            lost.add(key);
          }
          done = outcome instanceof Committed<Integer> || far.isApplied(key);
        }
      }
      assertThat(
              far.sql()
                  .fetchSingle("select count(*), count(distinct operation) from ledger")
                  .into(Long[].class))
          .containsExactly((long) operations, (long) operations);
    }
    assertThat(lost).hasSizeGreaterThanOrEqualTo(2 * operations / 3 - 1);
  }

  @Test
  void a_key_belongs_to_its_tenant_and_is_kept_as_a_digest_only() {
    database.get().transaction(DEFAULTS.withOperation("request 1"), transaction -> {});
    assertThat(database.get().sql().fetchValue("select count(*) from tenon.operation"))
        .isEqualTo(1L);
    assertThat(database.get().sql().fetchValue("select o::text from tenon.operation o").toString())
        .doesNotContain("request");
  }

  @Test
  void old_keys_are_purged_and_young_ones_kept() {
    database.get().transaction(DEFAULTS.withOperation("old"), transaction -> {});
    database.get().sql().execute("update tenon.operation set recorded_at = now() - interval '2 d'");
    database.get().transaction(DEFAULTS.withOperation("young"), transaction -> {});
    assertThat(Operations.purge(database.get(), Duration.ofDays(90))).isZero();
    assertThat(Operations.purge(database.get(), Duration.ofDays(1))).isEqualTo(1);
    assertThat(database.get().isApplied("old")).isFalse();
    assertThat(database.get().isApplied("young")).isTrue();
  }
}
