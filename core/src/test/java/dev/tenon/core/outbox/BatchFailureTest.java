package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.enter;
import static dev.tenon.core.outbox.OutboxDatabase.entries;
import static dev.tenon.core.outbox.OutboxDatabase.inversions;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static dev.tenon.core.outbox.OutboxDatabase.tenant;
import static dev.tenon.core.outbox.OutboxDatabase.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UuidV7;
import dev.tenon.core.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A batch in which one event fails: each of the others is handled once, and few commits do it. */
class BatchFailureTest {

  private static final Duration NEVER = Duration.ofHours(1);
  private static final int AGGREGATES = 10;
  private static final int VERSIONS = 20;
  // The fifth of an aggregate, and what follows it.
  private static final int HELD_BACK = VERSIONS - 4;

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  private final Set<String> transactions = ConcurrentHashMap.newKeySet();

  private void handle(List<Event> events, Transaction transaction, String poison) {
    for (Event event : events) {
      enter(transaction, "mail", event);
      if (event.aggregateId().equals("a3") && event.version() == 5) {
        transaction.sql().execute(poison);
      }
    }
    if (events.size() == 1) {
      transactions.add(transaction.sql().fetchSingle("select txid_current()").get(0, String.class));
    }
  }

  private Relay.Builder relay(Database owner, String poison) {
    return ORDERS
        .relay(owner)
        .backoff(NEVER, NEVER)
        .batchHandler("mail", (events, transaction) -> handle(events, transaction, poison));
  }

  private void assertAllButOneAggregate(Database owner) {
    assertThat(entries(owner)).isEqualTo(AGGREGATES * VERSIONS - HELD_BACK);
    assertThat(inversions(owner)).isZero();
    assertThat(waiting(owner)).isEqualTo(HELD_BACK);
    assertThat(ORDERS.backlog(owner, "mail").blocked()).isEqualTo(1);
  }

  @Test
  void those_that_succeed_share_their_commits() {
    Database owner = database.owner(10);
    publish(owner, ORDERS, AGGREGATES, VERSIONS);
    try (Relay relay = relay(owner, "select 1 / 0").start()) {
      Waiting.until(() -> relay.metrics().delivered() == AGGREGATES * VERSIONS - HELD_BACK);
      assertThat(relay.metrics().failed()).isEqualTo(1);
    }
    assertAllButOneAggregate(owner);
    assertThat(transactions).hasSizeLessThan(AGGREGATES * VERSIONS / 10);
  }

  @Test
  void where_the_transaction_itself_is_lost_only_the_event_that_lost_it_waits() {
    Database owner = database.owner(10);
    publish(owner, ORDERS, AGGREGATES, VERSIONS);
    try (Relay relay = relay(owner, "select pg_terminate_backend(pg_backend_pid())").start()) {
      Waiting.until(() -> relay.metrics().delivered() == AGGREGATES * VERSIONS - HELD_BACK);
    }
    assertAllButOneAggregate(owner);
  }

  @Test
  void in_sessions_of_tenants_it_is_the_same() {
    Database owner = database.owner(10);
    Database application = database.application();
    TenantId acme = new TenantId(UuidV7.next());
    publish(tenant(application, acme), ORDERS, AGGREGATES, VERSIONS);
    try (Relay relay =
        relay(owner, "select 1 / 0").inSessionOf(each -> tenant(application, each)).start()) {
      Waiting.until(() -> relay.metrics().delivered() == AGGREGATES * VERSIONS - HELD_BACK);
    }
    assertAllButOneAggregate(owner);
    assertThat(count(owner, "select count(*) from tenon.outbox_inbox"))
        .isEqualTo(AGGREGATES * VERSIONS - HELD_BACK);
    assertThat(transactions).hasSizeLessThan(AGGREGATES * VERSIONS / 10);
  }
}
