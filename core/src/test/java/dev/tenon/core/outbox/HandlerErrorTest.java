package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Transaction;
import dev.tenon.core.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A handler that ends with an error and not with an exception, as where a class is missing. */
class HandlerErrorTest {

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  private final AtomicBoolean broken = new AtomicBoolean(true);

  @Test
  void is_tried_again_like_one_that_throws_an_exception() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 2, 2);
    try (Relay relay = relay(owner).handler("mail", (event, transaction) -> failOnce()).start()) {
      Waiting.until(() -> relay.metrics().delivered() == 4);
      assertThat(relay.metrics().failed()).isEqualTo(1);
    }
  }

  @Test
  void is_tried_again_with_many_events_too() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 2, 2);
    try (Relay relay =
        relay(owner).batchHandler("mail", (events, transaction) -> failOnce()).start()) {
      Waiting.until(() -> relay.metrics().delivered() == 4);
    }
  }

  @Test
  void does_not_end_the_relay_by_an_interrupt() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 2, 2);
    try (Relay relay =
        relay(owner)
            .handler(
                "mail",
                (event, transaction) -> {
                  Thread.currentThread().interrupt();
                  failOnce();
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 4);
    }
  }

  @Test
  void is_given_up_even_if_its_message_cannot_be_read() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 1, 2);
    try (Relay relay =
        relay(owner)
            .deadLetterAfter(2)
            .handler(
                "mail",
                (event, transaction) -> {
                  if (event.version() == 1) {
                    throw new UnreadableException();
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().deadLettered() == 1 && relay.metrics().delivered() == 1);
      assertThat(ORDERS.deadLetters(owner, 10).get(0).error()).contains("cannot be read");
    }
  }

  @Test
  void headers_that_are_no_texts_keep_no_event_back() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 3, 1);
    for (String headers : List.of("null", "{\"a\": null}")) {
      owner
          .sql()
          .execute(
              """
              update tenon.outbox_event set headers = ?::json
               where sequence = (select max(sequence) from tenon.outbox_event where headers is null
                                    or headers::text = '{}')
              """,
              headers);
    }
    try (Relay relay = ORDERS.relay(owner).handler("mail", (event, transaction) -> {}).start()) {
      Waiting.until(() -> relay.metrics().delivered() == 3);
    }
  }

  @Test
  void nothing_is_taken_at_once_after_the_owner_before_wrote_a_failure() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 4, 2);
    Queue queue = new Queue(ORDERS.requireQueue("mail"), 16);
    owner.transaction(
        transaction -> {
          Transaction own = Queue.settings(transaction);
          Queue.Claim claim = queue.claim(own, 16);
          assertThat(claim.failures()).isFalse();
          owner
              .sql()
              .execute(
                  """
                  insert into tenon.outbox_failure
                    (queue, partition, tenant_id, aggregate_id, event_id, attempts, due_at, error)
                  select queue, partition, tenant_id, aggregate_id, id, 1, now() + interval '1 h', ''
                    from tenon.outbox_event limit 1
                  """);
          assertThat(queue.take(own, claim.owned(), 100)).isEmpty();
        });
  }

  /** One thread, whose end would be the relay's. */
  private static Relay.Builder relay(Database owner) {
    return ORDERS.relay(owner).concurrency(1).backoff(Duration.ofMillis(1), Duration.ofMillis(2));
  }

  private static final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("broken");
    }
  }

  private void failOnce() {
    if (broken.getAndSet(false)) {
      throw new NoClassDefFoundError("missing");
    }
  }
}
