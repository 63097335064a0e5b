package dev.tenon.core.outbox;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a relay has done, for Micrometer: the counters {@code tenon.outbox.delivered}, {@code
 * .duplicates}, {@code .failed}, {@code .dead.lettered}, {@code .interruptions} and {@code
 * .wake.ups}, as {@link Relay.Metrics} explains them, with the tags {@code outbox}, {@code relay}
 * (its {@link Relay.Builder#named name}) and, but for the last, {@code consumer}. They leave the
 * registry when the relay is closed.
 *
 * <p>Needs {@code io.micrometer:micrometer-core}, which Tenon does not bring along.
 */
@SuppressWarnings("exports") // whoever calls this has Micrometer, and reads its module
public final class RelayMetrics implements MeterBinder {

  private static final String PREFIX = "tenon.outbox.";
  private static final String WAKE_UPS = PREFIX + "wake.ups";

  private final Relay relay;
  private final List<Tag> tags;

  private RelayMetrics(Relay relay, List<Tag> tags) {
    this.relay = relay;
    this.tags = tags;
  }

  /** The metrics of this relay, with more tags, such as those of the process. */
  public static RelayMetrics of(Relay relay, Tag... more) {
    List<Tag> tags = new ArrayList<>();
    tags.add(Tag.of("outbox", relay.outbox()));
    tags.add(Tag.of("relay", relay.name()));
    tags.addAll(List.of(more));
    return new RelayMetrics(relay, List.copyOf(tags));
  }

  /**
   * Counts into this registry until the relay is closed.
   *
   * @throws UsageException if this relay, or another of the same outbox, name and tags, counts into
   *     it already
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    synchronized (registry) {
      requireOwnTags(registry);
      for (String consumer : relay.consumers()) {
        count(registry, consumer, "delivered", Relay.Metrics::delivered);
        count(registry, consumer, "duplicates", Relay.Metrics::duplicates);
        count(registry, consumer, "failed", Relay.Metrics::failed);
        count(registry, consumer, "dead.lettered", Relay.Metrics::deadLettered);
        count(registry, consumer, "interruptions", Relay.Metrics::interruptions);
      }
      register(
          registry,
          FunctionCounter.builder(WAKE_UPS, relay, of -> of.metrics().wakeUps()).tags(tags));
    }
  }

  /** Micrometer would keep the meters of the first and drop those of the second. */
  private void requireOwnTags(MeterRegistry registry) {
    if (registry.find(WAKE_UPS).tags(tags).meter() != null) {
      throw new UsageException(
          Problem.what(
                  "a relay named "
                      + relay.name()
                      + " of the outbox "
                      + relay.outbox()
                      + " counts into this registry already")
              .where("RelayMetrics.bindTo")
              .why("meters are told apart by their tags, so this one's would be dropped")
              .fix(
                  "bind each relay once, and give each a name: outbox.relay(…).named(\"second\")"));
    }
  }

  private void count(
      MeterRegistry registry,
      String consumer,
      String figure,
      ToDoubleFunction<Relay.Metrics> value) {
    register(
        registry,
        FunctionCounter.builder(
                PREFIX + figure, relay, of -> value.applyAsDouble(of.metrics(consumer)))
            .tags(tags)
            .tag("consumer", consumer));
  }

  private void register(MeterRegistry registry, FunctionCounter.Builder<Relay> counter) {
    FunctionCounter registered = counter.register(registry);
    relay.afterClose(() -> registry.remove(registered));
  }
}
