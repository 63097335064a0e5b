package dev.tenon.examples.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.CachePolicy;
import dev.tenon.cache.Codec;
import dev.tenon.cache.EntityCache;
import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.redisson.api.RLocalCachedMap;
import org.redisson.api.RedissonClient;

/**
 * A value that is in the memory of the process; all sides hold the same values, expire them and,
 * but for Redisson, count their hits.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init")
public class CacheHitBenchmark {

  static final int KEYS = 2_048;

  private static final Duration TIME_TO_LIVE = Duration.ofHours(1);
  private static final int ROOM = 2 * KEYS;

  private final TenantId tenant = TenantId.parse("0191f6c0-0000-7000-8000-00000000000c");
  private dev.tenon.cache.Cache tenon;
  private EntityCache<UUID, Name> entityCache;
  private Cache<UUID, Name> caffeine;
  private Cache<Pair, Name> caffeineOfPairs;
  private JetCaches jetCaches;
  private com.alicp.jetcache.Cache<UUID, Name> jetCache;
  private RedissonClient redissonClient;
  private RLocalCachedMap<UUID, Name> redisson;
  private UUID[] keys;
  private int next;

  /** What is cached. */
  record Name(UUID id, String text) {}

  /** A key of two parts, as the tenant makes it. */
  record Pair(UUID owner, UUID id) {}

  /** Made by JMH. */
  public CacheHitBenchmark() {}

  static void build(Stage stage, int rows) {
    TestRedis redis = TestRedis.create();
    stage.onClose(redis::close);
    stage.put("redis", redis.uri().toString());
    stage.put("rows", Integer.toString(rows));
  }

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    String url = coordinates.get("redis");
    tenon =
        TenonNode.connected(
            dev.tenon.cache.Cache.open(CacheConfig.service("benchmarks", url).build()));
    entityCache =
        tenon.entity(
            "name",
            UUID.class,
            Name.class,
            CachePolicy.timeToLive(TIME_TO_LIVE).withLocalTtl(TIME_TO_LIVE).withLocalEntries(ROOM));
    caffeine = newCaffeine();
    caffeineOfPairs = newCaffeine();
    jetCaches = new JetCaches(url, "benchmarks-jetcache");
    jetCache = jetCaches.both("name", ROOM, Codec.json(Name.class));
    redissonClient = RedissonMaps.connect(url);
    redisson = redissonClient.getLocalCachedMap(RedissonMaps.options("benchmarks-redisson", ROOM));
    Random random = new Random(5);
    keys = new UUID[Integer.parseInt(coordinates.get("rows"))];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = new UUID(random.nextLong(), random.nextLong());
      Name name = new Name(keys[i], "name " + i);
      entityCache.get(tenant, keys[i], id -> name);
      caffeine.put(keys[i], name);
      caffeineOfPairs.put(new Pair(tenant.value(), keys[i]), name);
      jetCache.put(keys[i], name);
      redisson.fastPut(keys[i], name);
    }
    // As in a process that has run for a while: else what lies between the values of one side, of
    // which its set-up made more or less, is most of the difference.
    System.gc();
  }

  private static <K> Cache<K, Name> newCaffeine() {
    return Caffeine.newBuilder()
        .maximumSize(ROOM)
        .expireAfterWrite(TIME_TO_LIVE)
        .recordStats()
        .build();
  }

  @TearDown
  public void close() {
    tenon.close();
    jetCaches.close();
    redisson.destroy();
    RedissonMaps.close(redissonClient);
  }

  @Benchmark
  public Name entityCache() {
    return entityCache.get(tenant, key(), CacheHitBenchmark::missed);
  }

  @Benchmark
  public @Nullable Name caffeine() {
    return caffeine.getIfPresent(key());
  }

  @Benchmark
  public @Nullable Name caffeinePair() {
    return caffeineOfPairs.getIfPresent(new Pair(tenant.value(), key()));
  }

  @Benchmark
  public @Nullable Name jetCache() {
    return jetCache.get(key());
  }

  @Benchmark
  public @Nullable Name redisson() {
    return redisson.get(key());
  }

  private static Name missed(UUID key) {
    throw new IllegalStateException(key + " was not in memory");
  }

  private UUID key() {
    next = next + 1 < keys.length ? next + 1 : 0;
    return keys[next];
  }
}
