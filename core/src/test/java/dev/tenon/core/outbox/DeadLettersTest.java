package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.event;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static dev.tenon.core.outbox.OutboxDatabase.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadLettersTest {

  private static final Outbox ORDERS = Outbox.named("orders").consumers("mail").build();

  private final TenantId acme = TenantId.of(UuidV7.next());
  private final TenantId bolt = TenantId.of(UuidV7.next());

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void replays_all_but_those_whose_version_waits_again() {
    Database owner = database.owner(2);
    publish(owner, ORDERS, 3, 2);
    giveUpAll(owner);
    Event again = event("a1", 1);
    owner.transaction(transaction -> ORDERS.publish(transaction, again));
    Outbox.DeadLetter left =
        ORDERS.deadLetters(owner, 10).stream()
            .filter(letter -> letter.event().aggregateId().equals("a1"))
            .filter(letter -> letter.event().version() == 1)
            .findFirst()
            .orElseThrow();
    assertThat(ORDERS.replayAll(owner, "mail")).isEqualTo(5);
    assertThat(ORDERS.deadLetters(owner, 10)).containsExactly(left);
    assertThat(count(owner, "select count(distinct (aggregate_id, version)) from " + EVENTS))
        .isEqualTo(6);
    assertThatThrownBy(() -> ORDERS.replay(owner, "mail", left.event().id()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("version 1 of the aggregate 'a1' has an event already");
    assertThat(ORDERS.deadLetters(owner, 10)).containsExactly(left);
    owner.sql().execute("delete from tenon.outbox_event where id = {0}", DSL.val(again.id()));
    assertThat(ORDERS.replayAll(owner, "mail")).isEqualTo(1);
    assertThat(ORDERS.deadLetters(owner, 10)).isEmpty();
  }

  @Test
  void of_two_letters_of_one_version_the_older_one_is_replayed_first() {
    Database owner = database.owner(2);
    for (int i = 0; i < 2; i++) {
      publish(owner, ORDERS, 1, 1);
      giveUpAll(owner);
    }
    Outbox.DeadLetter second = ORDERS.deadLetters(owner, 10).get(1);
    assertThat(ORDERS.replayAll(owner, "mail")).isEqualTo(1);
    assertThat(ORDERS.deadLetters(owner, 10)).containsExactly(second);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void all_are_replayed_to_where_an_outbox_of_other_partitions_looks(int partitions) {
    Database owner = database.owner(8);
    publish(tenant(database.application(), acme), ORDERS, 8, 1);
    publish(owner, ORDERS, 8, 1);
    giveUpAll(owner);
    Outbox other = Outbox.named("orders").consumers("mail").partitions(partitions).build();
    owner.transaction(transaction -> other.publish(transaction, event("a1", 2)));
    assertThat(other.replayAll(owner, "mail")).isEqualTo(16);
    assertThat(count(owner, APART)).isZero();
    try (Relay relay = other.relay(owner).handler("mail", ledger("mail")).start()) {
      Waiting.until(() -> relay.metrics().delivered() == 17);
    }
  }

  @Test
  void one_is_replayed_to_where_an_outbox_of_other_partitions_looks() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 8, 1);
    giveUpAll(owner);
    Outbox other = Outbox.named("orders").consumers("mail").partitions(1).build();
    for (Outbox.DeadLetter letter : ORDERS.deadLetters(owner, 10)) {
      assertThat(other.replay(owner, "mail", letter.event().id())).isTrue();
    }
    assertThat(count(owner, "select max(partition) from tenon.outbox_event")).isZero();
  }

  @Test
  void a_relay_sees_what_waits_for_another_attempt_in_partitions_that_it_lacks() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 8, 1);
    owner.sql().execute("update tenon.outbox_event set parked = true");
    Outbox other = Outbox.named("orders").consumers("mail").partitions(1).build();
    assertThatThrownBy(() -> other.relay(owner).handler("mail", ledger("mail")).start())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the outbox has 1");
  }

  @Test
  void a_relay_sees_a_failure_in_a_partition_that_it_lacks_whose_events_are_gone() {
    Database owner = database.owner(8);
    owner
        .sql()
        .execute(
            """
            insert into tenon.outbox_failure
              (queue, partition, tenant_id, aggregate_id, event_id, attempts, due_at, error)
            values ('orders/mail', 7, gen_random_uuid(), 'a', gen_random_uuid(), 1, now(), '')
            """);
    Outbox other = Outbox.named("orders").consumers("mail").partitions(7).build();
    assertThatThrownBy(() -> other.relay(owner).handler("mail", ledger("mail")).start())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("wait in partition 7, and the outbox has 7");
  }

  @Test
  void a_relay_refuses_a_role_that_could_not_replace_a_letter() {
    Database owner = database.owner(8);
    owner.sql().execute("revoke update on tenon.outbox_dead_letter from current_user");
    assertThatThrownBy(() -> ORDERS.relay(owner).handler("mail", ledger("mail")).start())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("select, insert, update and delete");
  }

  @Test
  void an_event_that_was_given_up_is_given_up_again() {
    Database owner = database.owner(8);
    Event event = event("a", 1);
    AtomicInteger attempts = new AtomicInteger();
    try (Relay relay =
        givingUpAtOnce(owner)
            .handler(
                "mail",
                (each, transaction) -> {
                  throw new IllegalStateException("attempt " + attempts.incrementAndGet());
                })
            .start()) {
      for (int i = 1; i <= 2; i++) {
        int times = i;
        owner.transaction(transaction -> ORDERS.publish(transaction, event));
        Waiting.until(() -> relay.metrics().deadLettered() == times);
      }
    }
    assertThat(ORDERS.backlog(owner, "mail").waiting()).isZero();
    assertThat(ORDERS.deadLetters(owner, 10))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.event()).isEqualTo(event);
              assertThat(letter.error()).endsWith("attempt 2");
            });
  }

  @Test
  void tenants_have_dead_letters_of_the_same_event() {
    Database owner = database.owner(8);
    Database application = database.application();
    Event event = event("a", 1);
    try (Relay relay =
        givingUpAtOnce(owner)
            .handler(
                "mail",
                (each, transaction) -> {
                  throw new IllegalStateException("no");
                })
            .start()) {
      for (TenantId each : List.of(acme, bolt)) {
        tenant(application, each).transaction(transaction -> ORDERS.publish(transaction, event));
      }
      Waiting.until(() -> relay.metrics().deadLettered() == 2);
    }
    assertThat(ORDERS.deadLetters(owner, 10))
        .extracting(letter -> letter.event().tenant().orElseThrow())
        .containsExactlyInAnyOrder(acme, bolt);
    tenant(application, acme).transaction(transaction -> ORDERS.publish(transaction, event));
    assertThat(ORDERS.replay(owner, "mail", event.id())).isTrue();
    assertThat(ORDERS.deadLetters(owner, 10))
        .singleElement()
        .satisfies(letter -> assertThat(letter.event().tenant()).contains(acme));
    assertThatThrownBy(() -> ORDERS.replay(owner, "mail", event.id()))
        .isInstanceOf(InvalidDataException.class);
  }

  private static Relay.Builder givingUpAtOnce(Database owner) {
    return ORDERS.relay(owner).pollInterval(Duration.ofMillis(50)).deadLetterAfter(1);
  }

  private static final String EVENTS = "tenon.outbox_event";

  /** Aggregates that wait in two partitions. */
  private static final String APART =
      """
      select count(*)
        from (select from tenon.outbox_event
               group by tenant_id, aggregate_id
              having count(distinct partition) > 1) as apart
      """;

  /** As the relay does after the last attempt. */
  private static void giveUpAll(Database owner) {
    owner
        .sql()
        .execute(
            """
            with gone as (delete from tenon.outbox_event returning *)
            insert into tenon.outbox_dead_letter
              (queue, partition, tenant_id, id, type, aggregate_id, version, body, headers,
               created_at, attempts, error)
            select queue, partition, tenant_id, id, type, aggregate_id, version, body, headers,
                   created_at, 12, 'no'
              from gone
             order by sequence
            """);
  }
}
