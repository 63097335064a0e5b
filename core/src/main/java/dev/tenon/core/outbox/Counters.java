package dev.tenon.core.outbox;

import dev.tenon.core.outbox.Failures.Failed;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what a relay does, and tells its listener. */
final class Counters {

  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  private final Relay.Listener listener;
  private final Map<String, OfConsumer> consumers;
  private final LongAdder wakeUps = new LongAdder();

  Counters(Relay.Listener listener, Set<String> consumers) {
    this.listener = listener;
    this.consumers =
        consumers.stream()
            .collect(Collectors.toUnmodifiableMap(name -> name, name -> new OfConsumer()));
  }

  /** What one consumer counts. */
  private static final class OfConsumer {

    private final LongAdder delivered = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder deadLettered = new LongAdder();
    private final LongAdder interruptions = new LongAdder();
  }

  Set<String> consumers() {
    return consumers.keySet();
  }

  Relay.Metrics metrics() {
    return metrics(consumers.values());
  }

  Relay.Metrics metrics(String consumer) {
    return metrics(List.of(of(consumer)));
  }

  private Relay.Metrics metrics(Collection<OfConsumer> counted) {
    return new Relay.Metrics(
        sum(counted, each -> each.delivered),
        sum(counted, each -> each.duplicates),
        sum(counted, each -> each.failed),
        sum(counted, each -> each.deadLettered),
        sum(counted, each -> each.interruptions),
        wakeUps.sum());
  }

  private static long sum(Collection<OfConsumer> counted, Function<OfConsumer, LongAdder> figure) {
    return counted.stream().mapToLong(each -> figure.apply(each).sum()).sum();
  }

  private OfConsumer of(String consumer) {
    return Objects.requireNonNull(consumers.get(consumer), consumer);
  }

  /** What is committed. */
  void settled(String consumer, Delivery.Result result) {
    of(consumer).failed.add(result.failed.size() + result.dead.size());
    of(consumer).deadLettered.add(result.dead.size());
    delivered(consumer, result);
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
    of(consumer).delivered.add(result.done.size());
    of(consumer).duplicates.add(result.duplicates);
    List<Event> events = result.done.stream().map(Row::event).toList();
    tell(() -> listener.delivered(consumer, events));
  }

  void interrupted(String consumer, Exception cause) {
    of(consumer).interruptions.increment();
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
