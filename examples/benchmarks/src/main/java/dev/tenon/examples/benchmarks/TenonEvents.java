package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tenon's outbox with its defaults, but for the number of threads of a handler of single events.
 */
final class TenonEvents implements EventSystem {

  private static final Outbox OUTBOX = Outbox.named("benchmark").consumers("handler").build();

  private final Database publishers;
  private final Database relays;
  private final boolean takesMany;
  private @Nullable Relay relay;

  private TenonEvents(Database publishers, Database relays, boolean takesMany) {
    this.publishers = publishers;
    this.relays = relays;
    this.takesMany = takesMany;
  }

  /** With a handler of many events at once. */
  static TenonEvents batch(Database publishers, Database relays) {
    return new TenonEvents(publishers, relays, true);
  }

  /** With a handler of one event at a time, each in a transaction, on four threads. */
  static TenonEvents single(Database publishers, Database relays) {
    return new TenonEvents(publishers, relays, false);
  }

  @Override
  public void publish(Traffic.Message message) {
    publishers.transaction(
        transaction -> {
          transaction.jdbc(connection -> BusinessTable.insert(connection, message));
          OUTBOX.publish(
              transaction,
              Event.of("order.paid", message.aggregate(), message.version(), message.body()));
        });
  }

  @Override
  public void start(Handler handler) {
    Relay.Builder builder = OUTBOX.relay(relays).backoff(OutboxRace.PAUSE, Duration.ofMinutes(2));
    relay =
        takesMany
            ? builder
                .batchHandler(
                    "handler",
                    (events, transaction) -> {
                      for (Event event : events) {
                        handler.handle(event.aggregateId(), event.version());
                      }
                    })
                .start()
            : builder
                .concurrency(OutboxRace.WORKERS)
                .handler(
                    "handler",
                    (event, transaction) -> handler.handle(event.aggregateId(), event.version()))
                .start();
  }

  @Override
  public void stop() {
    if (relay != null) {
      relay.close();
      relay = null;
    }
  }
}
