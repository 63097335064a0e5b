package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers, events and handlers that would keep a relay from its work. */
class RelayEdgesTest {

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void a_server_that_ends_idle_transactions_keeps_no_failure_from_being_counted() {
    try (Database owner = database.owner(1)) {
      owner
          .sql()
          .execute(
              "alter database \"%s\" set idle_in_transaction_session_timeout = '200ms'"
                  .formatted(database.made().name()));
    }
    Database owner = database.owner(8);
    publish(owner, ORDERS, 1, 1);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .deadLetterAfter(3)
            .backoff(Duration.ofMillis(10), Duration.ofMillis(20))
            .handler(
                "mail",
                (event, transaction) -> {
                  transaction.sql().execute("select pg_sleep(0.4)");
                  throw new IllegalStateException("no");
                })
            .start()) {
      Waiting.until(() -> relay.metrics().deadLettered() == 1);
      assertThat(ORDERS.deadLetters(owner, 1).get(0).attempts()).isEqualTo(3);
    }
  }

  @Test
  void a_relay_that_its_own_handler_closes_ends_at_once() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 1, 3);
    CompletableFuture<Relay> self = new CompletableFuture<>();
    AtomicReference<Duration> took = new AtomicReference<>();
    try (Relay relay =
        ORDERS
            .relay(owner)
            .batch(1)
            .handler(
                "mail",
                (event, transaction) -> {
                  Relay own = self.join();
                  long start = System.nanoTime();
                  own.close();
                  took.set(Duration.ofNanos(System.nanoTime() - start));
                })
            .start()) {
      self.complete(relay);
      Waiting.until(() -> took.get() != null);
      assertThat(took.get()).isLessThan(Duration.ofSeconds(10));
    }
    assertThat(ORDERS.deadLetters(owner, 10)).isEmpty();
  }

  @Test
  void headers_have_a_bound_together() {
    Event event = Event.of("order.paid", "a", 1, "{}");
    for (int i = 0; i < 6; i++) {
      event = event.withHeader("h" + i, "x".repeat(10_000));
    }
    Event almost = event;
    assertThatThrownBy(() -> almost.withHeader("last", "x".repeat(10_000)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("65536 together");
  }

  @Test
  void json_that_libraries_do_not_read_is_called_that() {
    for (String body :
        List.of(
            "[".repeat(1_001) + "]".repeat(1_001),
            "1".repeat(1_001),
            "{\"" + "k".repeat(60_000) + "\":1}")) {
      assertThatThrownBy(() -> Event.of("t", "b", 1, body))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("more than JSON libraries read");
    }
    assertThat(Event.of("t", "b", 1, "[".repeat(1_000) + "]".repeat(1_000)).version()).isOne();
  }
}
