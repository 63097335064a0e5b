package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.assertLedger;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.enter;
import static dev.tenon.core.outbox.OutboxDatabase.entries;
import static dev.tenon.core.outbox.OutboxDatabase.event;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static dev.tenon.core.outbox.OutboxDatabase.tenant;
import static dev.tenon.core.outbox.OutboxDatabase.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UuidV7;
import dev.tenon.core.Waiting;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What keeps an event that was handled from being handled again, and what reading costs. */
class RemovalTest {

  private static final Duration NEVER = Duration.ofHours(1);

  private final TenantId acme = TenantId.of(UuidV7.next());

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void what_was_handled_for_a_tenant_but_not_removed_is_not_handled_again() {
    Database owner = database.owner(10);
    Database other = database.owner(1);
    Database application = database.application();
    AtomicInteger kills = new AtomicInteger();
    publish(tenant(application, acme), ORDERS, 1, 5);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .inSessionOf(each -> tenant(application, each))
            .handler(
                "mail",
                (event, transaction) -> {
                  enter(transaction, "mail", event);
                  if (event.version() == 3 && kills.incrementAndGet() == 1) {
                    transaction.afterCommit(() -> terminateOwnerOfPartition(other));
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 5);
      assertThat(relay.metrics().duplicates()).isGreaterThanOrEqualTo(3);
    }
    assertLedger(owner, 1, 5);
  }

  @Test
  void what_is_handled_where_it_waits_is_removed_by_the_same_transaction() {
    Database owner = database.owner(10);
    Database other = database.owner(1);
    AtomicInteger kills = new AtomicInteger();
    publish(owner, ORDERS, 1, 5);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .handler(
                "mail",
                (event, transaction) -> {
                  enter(transaction, "mail", event);
                  if (event.version() == 3 && kills.incrementAndGet() == 1) {
                    transaction.afterCommit(
                        () -> {
                          assertThat(waiting(other)).isEqualTo(2);
                          terminateOwnerOfPartition(other);
                        });
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() >= 5);
      Waiting.until(() -> relay.metrics().interruptions() == 1);
    }
    assertLedger(owner, 1, 5);
    assertThat(count(owner, "select count(*) from tenon.outbox_inbox")).isZero();
  }

  /** Whoever holds an advisory lock and is in a transaction, but runs nothing. */
  private static void terminateOwnerOfPartition(Database session) {
    assertThat(
            count(
                session,
                """
                select count(pg_terminate_backend(l.pid))
                  from pg_locks l
                  join pg_stat_activity a using (pid)
                 where l.locktype = 'advisory' and a.state = 'idle in transaction'
                   and a.datname = current_database()
                """))
        .isPositive();
  }

  @Test
  void an_event_that_another_removed_meanwhile_is_not_handled() {
    Database owner = database.owner(10);
    Database other = database.owner(1);
    publish(owner, ORDERS, 1, 3);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .handler(
                "mail",
                (event, transaction) -> {
                  enter(transaction, "mail", event);
                  other.sql().execute("delete from tenon.outbox_event where version = 2");
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 3);
      assertThat(relay.metrics().duplicates()).isEqualTo(1);
    }
    assertThat(owner.sql().fetchValues("select version from public.ledger order by position"))
        .isEqualTo(List.of(1L, 3L));
  }

  @Test
  void a_batch_is_removed_by_the_transaction_that_handles_it() {
    Database owner = database.owner(10);
    AtomicInteger calls = new AtomicInteger();
    publish(owner, ORDERS, 20, 3);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .concurrency(1)
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  events.forEach(event -> enter(transaction, "mail", event));
                  assertThat(waiting(transaction)).isEqualTo(60 - entries(transaction));
                  if (calls.incrementAndGet() == 1) {
                    transaction.sql().fetch("select pg_terminate_backend(pg_backend_pid())");
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 60);
      assertThat(relay.metrics().duplicates()).isZero();
    }
    assertLedger(owner, 20, 3);
    assertThat(count(owner, "select count(*) from tenon.outbox_inbox")).isZero();
  }

  @Test
  void a_batch_that_fails_at_its_commit_is_tried_one_by_one() {
    Database owner = database.owner(10);
    owner
        .sql()
        .execute("alter table public.ledger add unique (version) deferrable initially deferred");
    publish(owner, ORDERS, 2, 2);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .backoff(NEVER, NEVER)
            .batchHandler(
                "mail",
                (events, transaction) -> events.forEach(each -> enter(transaction, "mail", each)))
            .start()) {
      Waiting.until(() -> relay.metrics().failed() == 1);
      Waiting.until(() -> entries(owner) == 2);
    }
  }

  @Test
  void a_batch_handler_is_not_bound_by_the_settings_of_the_relay() {
    Database owner = database.owner(10);
    List<Object> seen = new ArrayList<>();
    publish(owner, ORDERS, 1, 1);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  for (String name :
                      List.of("enable_seqscan", "enable_bitmapscan", "plan_cache_mode")) {
                    seen.add(transaction.sql().fetchValue("show " + name));
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 1);
    }
    assertThat(seen).containsExactly("on", "on", "auto");
  }

  @Test
  void events_behind_a_failed_one_stay_behind_when_batches_go_on() {
    Database owner = database.owner(10);
    Outbox narrow = Outbox.named("narrow").consumers("mail").partitions(1).build();
    publish(owner, narrow, 3, 1);
    try (Relay relay =
        narrow
            .relay(owner)
            .backoff(NEVER, NEVER)
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  for (Event event : events) {
                    enter(transaction, "mail", event);
                    if (event.aggregateId().equals("a1") && event.version() == 1) {
                      throw new IllegalStateException("never");
                    }
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 2);
      owner.transaction(transaction -> narrow.publish(transaction, event("a1", 2), event("a2", 2)));
      Waiting.until(() -> relay.metrics().delivered() == 3);
      assertThat(count(owner, "select count(*) from public.ledger where aggregate_id = 'a1'"))
          .isZero();
      assertThat(waiting(owner)).isEqualTo(2);
    }
  }

  @Test
  void a_claim_looks_at_the_first_event_of_each_partition_only() {
    Database owner = database.owner(1);
    publish(owner, ORDERS, 500, 4);
    String plan =
        owner.transactionResult(
            transaction ->
                Queue.settings(transaction)
                    .jdbc(
                        connection -> {
                          StringBuilder lines = new StringBuilder();
                          try (PreparedStatement statement =
                              connection.prepareStatement(
                                  "explain (analyze, costs off, timing off) " + Queue.CLAIM)) {
                            for (int i : new int[] {1, 2, 3, 5}) {
                              statement.setString(i, "orders/mail");
                            }
                            statement.setInt(4, 16);
                            statement.setInt(6, 16);
                            try (ResultSet line = statement.executeQuery()) {
                              while (line.next()) {
                                lines.append(line.getString(1)).append('\n');
                              }
                            }
                          }
                          return lines.toString();
                        }));
    assertThat(plan)
        .containsPattern("on outbox_event e \\(actual rows=1 loops=16\\)")
        .doesNotContain("hashed", "Seq Scan on outbox_event");
  }

  @Test
  void what_a_relay_asks_again_and_again_is_planned_once() {
    Database owner = database.owner(1);
    Queue queue = new Queue("orders/mail", ORDERS.partitions());
    owner.transaction(
        transaction -> {
          Transaction own = Queue.settings(transaction);
          for (int i = 0; i < 12; i++) {
            queue.claim(own, 8);
            queue.take(own, List.of(1, 2, 3), 500);
          }
          assertThat(
                  count(
                      transaction,
                      """
                      select sum(custom_plans)::bigint from pg_prepared_statements
                       where statement like '%tenon.outbox_event%'
                      """))
              .isZero();
        });
  }

  @Test
  void the_inbox_is_purged_by_age() {
    Database owner = database.owner(10);
    Database application = database.application();
    Session session = tenant(application, acme);
    publish(session, ORDERS, 4, 1);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .inSessionOf(each -> tenant(application, each))
            .handler("mail", ledger("mail"))
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 4);
    }
    owner
        .sql()
        .execute(
            """
            update tenon.outbox_inbox set handled_at = now() - interval '2 d'
             where event_id in (select event_id from tenon.outbox_inbox limit 3)
            """);
    assertThat(ORDERS.purge(owner, Duration.ofDays(1))).isEqualTo(3);
    assertThat(count(owner, "select count(*) from tenon.outbox_inbox")).isEqualTo(1);
  }
}
