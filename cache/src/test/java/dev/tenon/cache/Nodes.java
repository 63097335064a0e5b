package dev.tenon.cache;

import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** Caches of one service, as its processes would hold them, and a look into their Redis. */
final class Nodes implements AutoCloseable {

  private final String service =
      "t" + UUID.randomUUID().toString().substring(0, 8).toLowerCase(Locale.ROOT);
  private final Deque<Runnable> opened = new ArrayDeque<>();

  /** A connected cache that waits for Redis as long as a busy machine takes. */
  Cache node(String url) {
    return node(config(url));
  }

  /** A connected cache that soon takes what Redis owes it for lost. */
  Cache hastyNode(String url) {
    return node(hasty(url));
  }

  /** A connected cache. */
  Cache node(CacheConfig.Builder config) {
    Cache cache = Cache.open(config.build());
    opened.push(cache::close);
    Await.until("the cache is connected", cache::isConnected);
    return cache;
  }

  /** Waits for Redis and for others that load as long as a busy machine takes. */
  CacheConfig.Builder config(String url) {
    return CacheConfig.service(service, url)
        .commandTimeout(Duration.ofSeconds(10))
        .loadWait(Duration.ofMinutes(1))
        .lease(Duration.ofMinutes(1))
        .heartbeat(Duration.ofSeconds(1));
  }

  /** For a Redis that fails: soon takes what it owes for lost. */
  CacheConfig.Builder hasty(String url) {
    return CacheConfig.service(service, url)
        .commandTimeout(Duration.ofMillis(500))
        .heartbeat(Duration.ofMillis(200));
  }

  /** A network between a cache and Redis. */
  static FaultProxy before(TestRedis redis) {
    return FaultProxy.to(redis.uri().getHost(), redis.uri().getPort());
  }

  static String host(String url) {
    return URI.create(url).getHost();
  }

  static int port(String url) {
    return URI.create(url).getPort();
  }

  String service() {
    return service;
  }

  RedisCommands<String, byte[]> redis(String url) {
    RedisClient client = RedisClient.create(url);
    StatefulRedisConnection<String, byte[]> connection =
        client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
    opened.push(() -> client.shutdown(Duration.ZERO, Duration.ofSeconds(2)));
    return connection.sync();
  }

  /** A value that was read in the millisecond in which its tag ended is not believed. */
  static void awaitNextMillisecond(RedisCommands<String, byte[]> redis) {
    long begun = millis(redis);
    Await.until("another millisecond has begun", () -> millis(redis) != begun);
  }

  private static long millis(RedisCommands<String, byte[]> redis) {
    List<byte[]> time = redis.time();
    return number(time.get(0)) * 1_000 + number(time.get(1)) / 1_000;
  }

  private static long number(byte[] digits) {
    return Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }

  List<String> keys(RedisCommands<String, byte[]> redis) {
    return redis.keys("{" + service + ":*");
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().run();
    }
  }
}
