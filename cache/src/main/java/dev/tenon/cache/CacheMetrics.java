package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a cache has done, for Micrometer: the counters {@code tenon.cache.hits} (with the tag {@code
 * level}: {@code memory} or {@code redis}), {@code .stale.hits}, {@code .negative.hits}, {@code
 * .loads}, {@code .load.failures}, {@code .refreshes}, {@code .timeouts}, {@code .remote.failures},
 * {@code .codec.failures}, {@code .oversized} and {@code .refused.fills}, as {@link
 * CacheStatistics} explains them, for each entity, also one that is made later; and the gauges
 * {@code .pending.invalidations} and {@code .connected}. All have the tag {@code service}.
 *
 * <p>Needs {@code io.micrometer:micrometer-core}, which Tenon does not bring along.
 */
@SuppressWarnings("exports") // whoever calls this has Micrometer, and reads its module
public final class CacheMetrics implements MeterBinder {

  private static final String PREFIX = "tenon.cache.";
  private static final String PENDING = PREFIX + "pending.invalidations";

  private final Cache cache;
  private final List<Tag> tags;

  private CacheMetrics(Cache cache, List<Tag> tags) {
    this.cache = cache;
    this.tags = tags;
  }

  /** The metrics of this cache, with more tags, such as those of the process. */
  public static CacheMetrics of(Cache cache, Tag... more) {
    List<Tag> tags = new ArrayList<>();
    tags.add(Tag.of("service", cache.service()));
    tags.addAll(List.of(more));
    return new CacheMetrics(cache, List.copyOf(tags));
  }

  /**
   * Counts into this registry.
   *
   * @throws UsageException if this cache, or another of the same service and tags, counts into it
   *     already
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    synchronized (registry) {
      if (registry.find(PENDING).tags(tags).meter() != null) {
        throw new UsageException(
            Problem.what("a cache of the service counts into this registry already")
                .where("CacheMetrics.bindTo")
                .why("meters are told apart by their tags, so this one's would be dropped")
                .fix("bind each cache once, or give each a tag of its own"));
      }
      Gauge.builder(PENDING, cache, Cache::pendingInvalidations).tags(tags).register(registry);
      Gauge.builder(PREFIX + "connected", cache, of -> of.isConnected() ? 1 : 0)
          .tags(tags)
          .register(registry);
      cache.onEntity(entity -> count(registry, entity));
    }
  }

  private void count(MeterRegistry registry, EntityCache<?, ?> entity) {
    Tag ofEntity = Tag.of("entity", entity.name());
    hits(registry, ofEntity, entity, "memory", CacheStatistics::localHits);
    hits(registry, ofEntity, entity, "redis", CacheStatistics::remoteHits);
    count(registry, ofEntity, entity, "stale.hits", CacheStatistics::staleHits);
    count(registry, ofEntity, entity, "negative.hits", CacheStatistics::negativeHits);
    count(registry, ofEntity, entity, "loads", CacheStatistics::loads);
    count(registry, ofEntity, entity, "load.failures", CacheStatistics::loadFailures);
    count(registry, ofEntity, entity, "refreshes", CacheStatistics::refreshes);
    count(registry, ofEntity, entity, "timeouts", CacheStatistics::timeouts);
    count(registry, ofEntity, entity, "remote.failures", CacheStatistics::remoteFailures);
    count(registry, ofEntity, entity, "codec.failures", CacheStatistics::codecFailures);
    count(registry, ofEntity, entity, "oversized", CacheStatistics::oversized);
    count(registry, ofEntity, entity, "refused.fills", CacheStatistics::refusedFills);
  }

  private void hits(
      MeterRegistry registry,
      Tag ofEntity,
      EntityCache<?, ?> entity,
      String level,
      ToDoubleFunction<CacheStatistics> value) {
    FunctionCounter unused =
        counter("hits", entity, value)
            .tags(tags)
            .tags(List.of(ofEntity, Tag.of("level", level)))
            .register(registry);
  }

  private void count(
      MeterRegistry registry,
      Tag ofEntity,
      EntityCache<?, ?> entity,
      String figure,
      ToDoubleFunction<CacheStatistics> value) {
    FunctionCounter unused =
        counter(figure, entity, value).tags(tags).tags(List.of(ofEntity)).register(registry);
  }

  private static FunctionCounter.Builder<EntityCache<?, ?>> counter(
      String figure, EntityCache<?, ?> entity, ToDoubleFunction<CacheStatistics> value) {
    return FunctionCounter.builder(
        PREFIX + figure, entity, of -> value.applyAsDouble(of.statistics()));
  }
}
