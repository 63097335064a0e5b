package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@TenonTest(schema = RelayOnTestSchemaTest.Events.class)
class RelayOnTestSchemaTest {

  static final class Events implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(Outbox.migrations());
    }
  }

  private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();

  @Test
  void a_default_relay_has_enough_connections_for_two_consumers(TestDatabase made)
      throws InterruptedException {
    Outbox outbox = Outbox.named("orders").consumers("mail", "search").build();
    try (Database owner = TestSchema.connect(made, made.owner());
        Relay relay =
            outbox
                .relay(owner)
                .handler("mail", (event, transaction) -> sent.add("mail " + event.type()))
                .handler("search", (event, transaction) -> sent.add("search " + event.type()))
                .start()) {
      owner.transaction(
          transaction -> outbox.publish(transaction, Event.of("order.paid", "a", 1, "{}")));

      assertThat(List.of(next(), next()))
          .containsExactlyInAnyOrder("mail order.paid", "search order.paid");
      assertThat(relay.metrics().failed()).isZero();
    }
  }

  private String next() throws InterruptedException {
    return String.valueOf(sent.poll(30, TimeUnit.SECONDS));
  }
}
