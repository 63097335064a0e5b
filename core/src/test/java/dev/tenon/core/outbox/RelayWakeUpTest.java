package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.event;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Waiting;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What ends the sleep of a relay: a notification, or its poll interval. */
class RelayWakeUpTest {

  private static final Duration NEVER = Duration.ofHours(1);

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void is_woken_by_a_publication_that_commits_while_it_sleeps() {
    Database owner = database.owner(10);
    try (Relay relay =
        ORDERS.relay(owner).pollInterval(NEVER).handler("mail", ledger("mail")).start()) {
      for (int version = 1; version <= 5; version++) {
        long published = version;
        awaitAsleep(owner);
        owner.transaction(transaction -> ORDERS.publish(transaction, event("a", published)));
        Waiting.until(() -> relay.metrics().delivered() == published);
      }
      // A thread that looked just then may have delivered the last before its notification came.
      Waiting.until(() -> relay.metrics().wakeUps() >= 5);
    }
  }

  @Test
  void does_not_fall_asleep_over_a_publication_that_is_on_its_way() {
    Database owner = database.owner(10);
    try (Relay relay =
        ORDERS.relay(owner).pollInterval(NEVER).handler("mail", ledger("mail")).start()) {
      awaitAsleep(owner);
      owner.transaction(
          transaction -> {
            ORDERS.publish(transaction, event("late", 1));
            owner.transaction(first -> ORDERS.publish(first, event("early", 1)));
            Waiting.until(() -> relay.metrics().delivered() == 1);
            awaitAsleep(owner);
          });
      Waiting.until(() -> relay.metrics().delivered() == 2);
    }
  }

  private static void awaitAsleep(Database session) {
    Waiting.until(() -> isAsleep(session));
  }

  private static boolean isAsleep(Database session) {
    return count(
            session,
            """
            select count(*) from pg_locks l join pg_database d on d.oid = l.database
             where d.datname = current_database() and l.locktype = 'advisory'
               and l.mode = 'ExclusiveLock' and l.objsubid = 1
               and (l.classid::bigint << 32 | l.objid::bigint) = %d
            """
                .formatted(Publication.WATCH))
        > 0;
  }

  @Test
  void a_lost_notification_costs_the_poll_interval_only() {
    Database owner = database.owner(10);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .pollInterval(Duration.ofMillis(50))
            .handler("mail", ledger("mail"))
            .start()) {
      awaitAsleep(owner);
      owner
          .sql()
          .execute(
              """
              insert into tenon.outbox_event (queue, partition, id, type, aggregate_id, version, body)
              values ('orders/mail', 3, gen_random_uuid(), 'order.paid', 'silent', 1, '{}')
              """);
      Waiting.until(() -> relay.metrics().delivered() == 1);
      assertThat(relay.metrics().wakeUps()).isZero();
    }
  }

  @Test
  void a_listener_that_lost_its_connection_listens_again() {
    Database owner = database.owner(10);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .pollInterval(Duration.ofMillis(50))
            .handler("mail", ledger("mail"))
            .start()) {
      awaitAsleep(owner);
      assertThat(
              count(
                  owner,
                  """
                  select count(pg_terminate_backend(l.pid))
                    from pg_locks l join pg_database d on d.oid = l.database
                   where d.datname = current_database() and l.locktype = 'advisory'
                     and (l.classid::bigint << 32 | l.objid::bigint) = %d
                  """
                      .formatted(Publication.WATCH)))
          .isEqualTo(1);
      owner.transaction(transaction -> ORDERS.publish(transaction, event("a", 1)));
      Waiting.until(() -> relay.metrics().delivered() == 1);
      awaitAsleep(owner);
    }
  }

  @Test
  void a_thread_that_handles_one_event_calls_the_others() {
    Database owner = database.owner(10);
    CountDownLatch both = new CountDownLatch(2);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .pollingOnly()
            .pollInterval(NEVER)
            .handler("mail", (event, transaction) -> meet(both))
            .start()) {
      publish(owner, ORDERS, 40, 1);
      Waiting.until(() -> relay.metrics().delivered() == 40);
    }
  }

  @Test
  void a_thread_that_handles_many_calls_the_others_when_much_waits() {
    Database owner = database.owner(10);
    CountDownLatch both = new CountDownLatch(2);
    AtomicInteger calls = new AtomicInteger();
    try (Relay relay =
        ORDERS
            .relay(owner)
            .pollingOnly()
            .pollInterval(NEVER)
            .batch(8)
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  if (calls.incrementAndGet() > 1) {
                    meet(both);
                  }
                })
            .start()) {
      publish(owner, ORDERS, 40, 1);
      Waiting.until(() -> relay.metrics().delivered() == 40);
    }
  }

  private static void meet(CountDownLatch both) throws InterruptedException {
    both.countDown();
    both.await();
  }

  @Test
  void polls_where_it_is_told_not_to_listen() {
    Database owner = database.owner(10);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .pollingOnly()
            .pollInterval(Duration.ofMillis(20))
            .handler("mail", ledger("mail"))
            .start()) {
      publish(owner, ORDERS, 5, 2);
      Waiting.until(() -> relay.metrics().delivered() == 10);
      assertThat(relay.metrics().wakeUps()).isZero();
    }
  }
}
