package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeadLettersTest {

  private static final Outbox ORDERS = Outbox.named("orders").consumers("mail").build();

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void replays_all_but_those_whose_version_waits_again() {
    Database owner = database.owner(2);
    OutboxDatabase.publish(owner, ORDERS, 3, 2);
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
      OutboxDatabase.publish(owner, ORDERS, 1, 1);
      giveUpAll(owner);
    }
    Outbox.DeadLetter second = ORDERS.deadLetters(owner, 10).get(1);
    assertThat(ORDERS.replayAll(owner, "mail")).isEqualTo(1);
    assertThat(ORDERS.deadLetters(owner, 10)).containsExactly(second);
  }

  private static final String EVENTS = "tenon.outbox_event";

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
