package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Waiting;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
    }

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
}
