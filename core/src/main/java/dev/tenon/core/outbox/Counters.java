package dev.tenon.core.outbox;

import dev.tenon.core.outbox.Failures.Failed;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what a relay does, and tells its listener. */
final class Counters {

  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  private final Relay.Listener listener;
  private final LongAdder delivered = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder deadLettered = new LongAdder();
  private final LongAdder interruptions = new LongAdder();
  private final LongAdder wakeUps = new LongAdder();

  Counters(Relay.Listener listener) {
    this.listener = listener;
  }

  Relay.Metrics metrics() {
    return new Relay.Metrics(
        delivered.sum(),
        duplicates.sum(),
        failed.sum(),
        deadLettered.sum(),
        interruptions.sum(),
        wakeUps.sum());
  }

  /** What is committed. */
  void settled(String consumer, Delivery.Result result) {
    delivered(consumer, result);
    failed.add(result.failed.size() + result.dead.size());
    deadLettered.add(result.dead.size());
    for (Failed each : result.failed) {
      quietly(
          () ->
              LOG.warn(
                  "{} failed {} times for {}",
                  each.row().event(),
                  each.attempts(),
                  consumer,
                  each.cause()));
      tell(() -> listener.failed(consumer, each.row().event(), each.attempts(), each.cause()));
    }
    for (Failed each : result.dead) {
      quietly(() -> LOG.error("{} is given up for {}", each.row().event(), consumer, each.cause()));
      tell(
          () -> listener.deadLettered(consumer, each.row().event(), each.attempts(), each.cause()));
    }
  }

  /** Of a result the part that is committed, whatever becomes of the rest. */
  void delivered(String consumer, Delivery.Result result) {
    if (result.done.isEmpty()) {
      return;
    }
    delivered.add(result.done.size());
    duplicates.add(result.duplicates);
    List<Event> events = result.done.stream().map(Row::event).toList();
    tell(() -> listener.delivered(consumer, events));
  }

  void interrupted(String consumer, Exception cause) {
    interruptions.increment();
    quietly(() -> LOG.warn("the relay of {} failed and goes on", consumer, cause));
    tell(() -> listener.interrupted(consumer, cause));
  }

  void wokenUp() {
    wakeUps.increment();
  }

  private static void tell(Runnable message) {
    try {
      message.run();
    } catch (Throwable error) {
      quietly(() -> LOG.error("the listener of a relay failed", error));
    }
  }

  /** A log asks what was thrown for its text, which may throw in turn. */
  private static void quietly(Runnable log) {
    try {
      log.run();
    } catch (Throwable unreadable) {
      LOG.error("what a relay met cannot be logged: {}", unreadable.getClass().getName());
    }
  }
}
