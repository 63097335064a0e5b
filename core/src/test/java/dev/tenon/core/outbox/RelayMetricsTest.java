package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.UsageException;
import dev.tenon.core.Waiting;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RelayMetricsTest {

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void count_what_the_relay_delivers() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Database owner = database.owner(8);
    try (Relay relay = ORDERS.relay(owner).handler("mail", ledger("mail")).start()) {
      RelayMetrics.of(relay, Tag.of("node", "a")).bindTo(registry);
      OutboxDatabase.publish(owner, ORDERS, 4, 3);
      Waiting.until(() -> relay.metrics().delivered() == 12);

      assertThat(registry.getMeters()).hasSize(6);
      assertThat(
              registry
                  .get("tenon.outbox.delivered")
                  .tag("outbox", "orders")
                  .tag("node", "a")
                  .functionCounter()
                  .count())
          .isEqualTo(12);
      assertThat(registry.get("tenon.outbox.failed").functionCounter().count()).isZero();
    }
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void a_relay_whose_meters_would_be_dropped_is_refused() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Database owner = database.owner(12);
    try (Relay first = ORDERS.relay(owner).handler("mail", ledger("mail")).start();
        Relay second = ORDERS.relay(owner).handler("mail", ledger("mail")).start()) {
      RelayMetrics.of(first).bindTo(registry);

      for (Relay again : List.of(first, second)) {
        assertThatThrownBy(() -> RelayMetrics.of(again).bindTo(registry))
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("a relay named relay of the outbox orders")
            .hasMessageContaining("named(");
      }
    }
  }

  @Test
  void relays_of_one_outbox_are_told_apart_by_their_names_and_consumers_by_theirs() {
    Outbox outbox = Outbox.named("orders").consumers("mail", "search").build();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Database owner = database.owner(24);
    try (Relay first =
            outbox
                .relay(owner)
                .named("first")
                .handler("mail", ledger("mail"))
                .handler("search", ledger("search"))
                .start();
        Relay second =
            outbox.relay(owner).named("second").handler("mail", ledger("mail")).start()) {
      RelayMetrics.of(first).bindTo(registry);
      RelayMetrics.of(second).bindTo(registry);
      OutboxDatabase.publish(owner, outbox, 4, 3);
      Waiting.until(() -> first.metrics().delivered() + second.metrics("mail").delivered() == 24);

      assertThat(delivered(registry, "first", "search")).isEqualTo(12);
      assertThat(delivered(registry, "first", "mail") + delivered(registry, "second", "mail"))
          .isEqualTo(12);
      assertThatThrownBy(() -> second.metrics("search")).isInstanceOf(UsageException.class);
    }
    try (Relay again = outbox.relay(owner).named("first").handler("mail", ledger("mail")).start()) {
      RelayMetrics.of(again).bindTo(registry);
      assertThat(delivered(registry, "first", "mail")).isZero();
    }
  }

  private static double delivered(SimpleMeterRegistry registry, String relay, String consumer) {
    return registry
        .get("tenon.outbox.delivered")
        .tags("outbox", "orders", "relay", relay, "consumer", consumer)
        .functionCounter()
        .count();
  }
}
