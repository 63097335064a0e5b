package dev.tenon.core.outbox;

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
 * .wake.ups}, as {@link Relay.Metrics} explains them, with the tag {@code outbox}. A registry keeps
 * the first of two relays with the same tags, and holds a relay weakly.
 *
 * <p>Needs {@code io.micrometer:micrometer-core}, which Tenon does not bring along.
 */
@SuppressWarnings("exports") // whoever calls this has Micrometer, and reads its module
public final class RelayMetrics implements MeterBinder {

  private static final String PREFIX = "tenon.outbox.";

  private final Relay relay;
  private final List<Tag> tags;

  private RelayMetrics(Relay relay, List<Tag> tags) {
    this.relay = relay;
    this.tags = tags;
  }

  /** The metrics of this relay, with tags that tell it from others of its outbox in the process. */
  public static RelayMetrics of(Relay relay, Tag... more) {
    List<Tag> tags = new ArrayList<>(List.of(Tag.of("outbox", relay.outbox())));
    tags.addAll(List.of(more));
    return new RelayMetrics(relay, List.copyOf(tags));
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    count(registry, "delivered", Relay.Metrics::delivered);
    count(registry, "duplicates", Relay.Metrics::duplicates);
    count(registry, "failed", Relay.Metrics::failed);
    count(registry, "dead.lettered", Relay.Metrics::deadLettered);
    count(registry, "interruptions", Relay.Metrics::interruptions);
    count(registry, "wake.ups", Relay.Metrics::wakeUps);
  }

  private void count(MeterRegistry registry, String name, ToDoubleFunction<Relay.Metrics> figure) {
    FunctionCounter.builder(PREFIX + name, relay, of -> figure.applyAsDouble(of.metrics()))
        .tags(tags)
        .register(registry);
  }
}
