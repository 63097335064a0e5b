package dev.tenon.examples.benchmarks;

import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.LocalCachedMapOptions;
import org.redisson.api.options.LocalCachedMapOptions.CacheProvider;
import org.redisson.api.options.LocalCachedMapOptions.EvictionPolicy;
import org.redisson.api.options.LocalCachedMapOptions.SyncStrategy;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.Codec;
import org.redisson.client.codec.StringCodec;
import org.redisson.codec.CompositeCodec;
import org.redisson.config.Config;

/** Redisson with its defaults, and its maps on two levels with Caffeine's as the first. */
final class RedissonMaps {

  /** Text for keys, and bytes as they are. */
  static final Codec BYTES =
      new CompositeCodec(StringCodec.INSTANCE, ByteArrayCodec.INSTANCE, ByteArrayCodec.INSTANCE);

  private RedissonMaps() {}

  static RedissonClient connect(String url) {
    URI uri = URI.create(url);
    Config config = new Config();
    String user = uri.getUserInfo();
    if (user != null) {
      config.setPassword(user.substring(user.indexOf(':') + 1));
    }
    String path = uri.getPath();
    config
        .useSingleServer()
        .setAddress("redis://" + uri.getHost() + ":" + uri.getPort())
        .setDatabase(path.length() > 1 ? Integer.parseInt(path.substring(1)) : 0);
    return Redisson.create(config);
  }

  static <K, V> LocalCachedMapOptions<K, V> options(String name, int entries) {
    return LocalCachedMapOptions.<K, V>name(name)
        .cacheProvider(CacheProvider.CAFFEINE)
        .evictionPolicy(EvictionPolicy.LFU)
        .cacheSize(entries)
        .timeToLive(CacheLibrary.TIME_TO_LIVE)
        .syncStrategy(SyncStrategy.INVALIDATE);
  }

  static void close(RedissonClient client) {
    client.shutdown(0, 2, TimeUnit.SECONDS);
  }
}
