package dev.tenon.core.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class EventTest {

  @Test
  void what_cannot_be_stored_is_refused_where_the_event_is_made() {
    refused(() -> Event.of(" ", "7", 1, "{}"), "Event.of", "the type of an event");
    refused(() -> Event.of("order.paid", "", 1, "{}"), "Event.of", "the aggregate id");
    refused(() -> Event.of("order.paid", "7", -1, "{}"), "Event.of", "version of an event is -1");
    refused(() -> Event.of("order.paid", "7", 1, "{"), "Event.of", "is not JSON");
    refused(() -> Event.of("order.paid", "7", 1, ""), "Event.of", "is empty");
    Event event = Event.of("order.paid", "7", 1, "{}");
    refused(() -> event.withHeader("", "v"), "Event.withHeader", "name of a header");
    refused(() -> event.withHeader("k", "\u0000"), "Event.withHeader", "the header 'k'");
  }

  private static void refused(ThrowingCallable call, String where, String what) {
    assertThatThrownBy(call)
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining(where)
        .hasMessageContaining(what);
  }

  @Test
  void an_aggregate_may_count_from_zero() {
    assertThat(Event.of("order.paid", "7", 0, "{}").version()).isZero();
  }

  @Test
  void a_consumer_is_named_once() {
    assertThatThrownBy(() -> Outbox.named("orders").consumers("mail", "mail"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the consumer 'mail' is named twice");
    Outbox.Builder builder = Outbox.named("orders").consumers("mail");
    assertThatThrownBy(() -> builder.consumers("mail")).isInstanceOf(UsageException.class);
  }
}
