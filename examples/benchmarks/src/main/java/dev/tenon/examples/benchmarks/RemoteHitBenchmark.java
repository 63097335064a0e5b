package dev.tenon.examples.benchmarks;

import com.alicp.jetcache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.CachePolicy;
import dev.tenon.cache.CacheStatistics;
import dev.tenon.cache.Codec;
import dev.tenon.cache.EntityCache;
import dev.tenon.core.Session;
import dev.tenon.examples.benchmarks.CacheHitBenchmark.Name;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.redisson.api.RMap;
import org.redisson.api.RedissonClient;

/**
 * Values of some hundred bytes that are in Redis and not in memory, one at a time and a hundred;
 * all sides hold the same values and decode them with the same codec.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class RemoteHitBenchmark {

  private static final int MANY = 100;
  private static final Duration TIME_TO_LIVE = Duration.ofHours(1);

  /** So short that memory has lost a value when its turn comes again. */
  private static final Duration LOCAL_TIME_TO_LIVE = Duration.ofMillis(1);

  /** A busy machine is not to make a hit a miss. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String PREFIX = "benchmarks-lettuce:";
  private static final String TEXT = "a text that makes some hundred bytes of it: ";

  private final Session session = TenonNode.session();
  private final Codec<Name> codec = Codec.json(Name.class);
  private dev.tenon.cache.Cache tenon;
  private EntityCache<UUID, Name> entityCache;
  private RedisClient client;
  private RedisCommands<String, byte[]> lettuce;
  private JetCaches jetCaches;
  private Cache<UUID, Name> jetCache;
  private RedissonClient redisson;
  private RMap<String, byte[]> map;
  private UUID[] keys;
  private int next;

  /** Made by JMH. */
  public RemoteHitBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) throws IOException {
    String url = coordinates.get("redis");
    tenon =
        TenonNode.connected(
            dev.tenon.cache.Cache.open(
                CacheConfig.service("benchmarks", url).commandTimeout(PATIENCE).build()));
    entityCache =
        tenon.entity(
            "remote",
            UUID.class,
            codec,
            CachePolicy.timeToLive(TIME_TO_LIVE)
                .withLocalTtl(LOCAL_TIME_TO_LIVE)
                .sharedByAllTenants());
    client = RedisClient.create(url);
    lettuce = client.connect(RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE)).sync();
    jetCaches = new JetCaches(url, "benchmarks-jetcache");
    jetCache = jetCaches.remote("remote", codec);
    redisson = RedissonMaps.connect(url);
    map = redisson.getMap("benchmarks-redisson-map", RedissonMaps.BYTES);
    fill(Integer.parseInt(coordinates.get("rows")));
  }

  private void fill(int rows) throws IOException {
    Random random = new Random(5);
    keys = new UUID[rows];
    for (int i = 0; i < rows; i++) {
      keys[i] = new UUID(random.nextLong(), random.nextLong());
      Name name = new Name(keys[i], TEXT + i);
      byte[] bytes = codec.encode(name);
      entityCache.get(session, keys[i], id -> name);
      lettuce.set(PREFIX + keys[i], bytes, SetArgs.Builder.px(TIME_TO_LIVE));
      redisson.<byte[]>getBucket(bucket(keys[i]), RedissonMaps.BYTES).set(bytes, TIME_TO_LIVE);
      map.fastPut(keys[i].toString(), bytes);
      jetCache.put(keys[i], name);
    }
  }

  @TearDown
  public void close() {
    tenon.close();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    jetCaches.close();
    RedissonMaps.close(redisson);
  }

  CacheStatistics statistics() {
    return entityCache.statistics();
  }

  @Benchmark
  public Name entityCache() {
    return entityCache.get(session, key(), RemoteHitBenchmark::missed);
  }

  @Benchmark
  public Name lettuce() throws IOException {
    return codec.decode(lettuce.get(PREFIX + key()));
  }

  @Benchmark
  public Name redissonBucket() throws IOException {
    return codec.decode(redisson.<byte[]>getBucket(bucket(key()), RedissonMaps.BYTES).get());
  }

  @Benchmark
  public Name redissonMap() throws IOException {
    return codec.decode(Objects.requireNonNull(map.get(key().toString())));
  }

  @Benchmark
  public Name jetCache() {
    return jetCache.get(key());
  }

  @Benchmark
  public Map<UUID, Name> entityCacheMany() {
    return entityCache.getAll(session, keys(), (missing, context) -> missedAll(missing));
  }

  @Benchmark
  public Map<UUID, Name> lettuceMany() throws IOException {
    List<UUID> asked = keys();
    String[] names = asked.stream().map(key -> PREFIX + key).toArray(String[]::new);
    Map<UUID, Name> found = new LinkedHashMap<>();
    List<KeyValue<String, byte[]>> answer = lettuce.mget(names);
    for (int i = 0; i < names.length; i++) {
      found.put(asked.get(i), codec.decode(answer.get(i).getValue()));
    }
    return found;
  }

  @Benchmark
  public Map<UUID, Name> redissonMany() throws IOException {
    Set<String> asked = new HashSet<>();
    keys().forEach(key -> asked.add(key.toString()));
    Map<UUID, Name> found = new LinkedHashMap<>();
    for (byte[] bytes : map.getAll(asked).values()) {
      Name name = codec.decode(bytes);
      found.put(name.id(), name);
    }
    return found;
  }

  @Benchmark
  public Map<UUID, Name> jetCacheMany() {
    return jetCache.getAll(new HashSet<>(keys()));
  }

  private static String bucket(UUID key) {
    return "benchmarks-redisson:" + key;
  }

  private static Name missed(UUID key) {
    throw new IllegalStateException(key + " was not in Redis");
  }

  private static Map<UUID, Name> missedAll(List<UUID> missing) {
    throw new IllegalStateException(missing + " were not in Redis");
  }

  private UUID key() {
    next = next + 1 < keys.length ? next + 1 : 0;
    return keys[next];
  }

  private List<UUID> keys() {
    List<UUID> many = new ArrayList<>(MANY);
    for (int i = 0; i < Math.min(MANY, keys.length); i++) {
      many.add(key());
    }
    return many;
  }
}
