package dev.tenon.examples.benchmarks;

import com.alicp.jetcache.Cache;
import com.alicp.jetcache.CacheBuilder;
import com.alicp.jetcache.CacheValueHolder;
import com.alicp.jetcache.SimpleCacheManager;
import com.alicp.jetcache.anno.CacheConsts;
import com.alicp.jetcache.anno.CacheType;
import com.alicp.jetcache.embedded.CaffeineCacheBuilder;
import com.alicp.jetcache.redis.lettuce.RedisLettuceCacheBuilder;
import com.alicp.jetcache.support.JavaValueDecoder;
import com.alicp.jetcache.support.JavaValueEncoder;
import com.alicp.jetcache.template.CacheBuilderTemplate;
import com.alicp.jetcache.template.MetricsMonitorInstaller;
import com.alicp.jetcache.template.NotifyMonitorInstaller;
import com.alicp.jetcache.template.QuickConfig;
import dev.tenon.cache.Codec;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * JetCache as its documentation sets it up without Spring: Caffeine and Redis by Lettuce, which
 * rejects commands while it is disconnected, with broadcast and statistics on.
 */
final class JetCaches implements AutoCloseable {

  private static final Duration STATISTICS = Duration.ofMinutes(15);

  private final RedisClient client;
  private final SimpleCacheManager manager = new SimpleCacheManager();
  private final MetricsMonitorInstaller metrics =
      new MetricsMonitorInstaller(statistics -> {}, STATISTICS);
  private final String channel;

  JetCaches(String url, String channel) {
    this.channel = channel;
    client = RedisClient.create(url);
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .build());
    RedisLettuceCacheBuilder<?> remote = remote();
    CacheBuilderTemplate template =
        new CacheBuilderTemplate(
            false, area(CaffeineCacheBuilder.createCaffeineCacheBuilder()), area(remote));
    metrics.init();
    template.getCacheMonitorInstallers().add(metrics);
    template.getCacheMonitorInstallers().add(new NotifyMonitorInstaller(area -> remote));
    manager.setCacheBuilderTemplate(template);
  }

  private RedisLettuceCacheBuilder<?> remote() {
    return RedisLettuceCacheBuilder.createRedisLettuceCacheBuilder()
        .redisClient(client)
        .pubSubConnection(client.connectPubSub(ByteArrayCodec.INSTANCE))
        .broadcastChannel(channel)
        .keyPrefix(channel + ":")
        .keyConvertor(Object::toString)
        .valueEncoder(JavaValueEncoder.INSTANCE)
        .valueDecoder(JavaValueDecoder.INSTANCE);
  }

  private static Map<String, CacheBuilder> area(CacheBuilder builder) {
    return Map.of(CacheConsts.DEFAULT_AREA, builder);
  }

  /** Both levels, with Java's serialization. */
  <K, V> Cache<K, V> both(String name, int entries) {
    return manager.getOrCreateCache(settings(name, entries).build());
  }

  /** Both levels. */
  <K, V> Cache<K, V> both(String name, int entries, Codec<V> codec) {
    QuickConfig.Builder settings = settings(name, entries);
    return manager.getOrCreateCache(
        settings.valueEncoder(encoder(codec)).valueDecoder(decoder(codec)).build());
  }

  /** Redis only. */
  <K, V> Cache<K, V> remote(String name, Codec<V> codec) {
    QuickConfig.Builder settings =
        QuickConfig.newBuilder(name)
            .expire(CacheLibrary.TIME_TO_LIVE)
            .cacheType(CacheType.REMOTE)
            .valueEncoder(encoder(codec))
            .valueDecoder(decoder(codec));
    return manager.getOrCreateCache(settings.build());
  }

  private static QuickConfig.Builder settings(String name, int entries) {
    return QuickConfig.newBuilder(name)
        .expire(CacheLibrary.TIME_TO_LIVE)
        .localLimit(entries)
        .cacheType(CacheType.BOTH)
        .syncLocal(true);
  }

  /** When the value expires, and the codec's bytes. */
  @SuppressWarnings("unchecked")
  private static <V> Function<Object, byte[]> encoder(Codec<V> codec) {
    return object -> {
      CacheValueHolder<V> holder = (CacheValueHolder<V>) object;
      try {
        byte[] value = codec.encode(holder.getValue());
        return ByteBuffer.allocate(Long.BYTES + value.length)
            .putLong(holder.getExpireTime())
            .put(value)
            .array();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    };
  }

  private static <V> Function<byte[], Object> decoder(Codec<V> codec) {
    return bytes -> {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      CacheValueHolder<V> holder = new CacheValueHolder<>();
      holder.setExpireTime(buffer.getLong());
      byte[] value = new byte[buffer.remaining()];
      buffer.get(value);
      try {
        holder.setValue(codec.decode(value));
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      return holder;
    };
  }

  @Override
  public void close() {
    manager.close();
    metrics.shutdown();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }
}
