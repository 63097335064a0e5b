package dev.tenon.examples.benchmarks;

import com.alicp.jetcache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.CachePolicy;
import dev.tenon.cache.Codec;
import dev.tenon.cache.EntityCache;
import dev.tenon.core.Session;
import dev.tenon.examples.benchmarks.CacheHitBenchmark.Name;
import dev.tenon.testkit.servers.TestRedis;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.redisson.api.RLocalCachedMap;
import org.redisson.api.RedissonClient;

/**
 * The bytes of heap that an entry takes in the memory of each cache, its key and value left out.
 *
 * <p>Keys and values are there before; some entries are kept before the first look at the heap, so
 * that what a cache is made of does not count.
 */
record CacheMemory(Map<String, Double> bytes) {

  static final String LABEL = "cache-memory";
  static final int ENTRIES = 100_000;

  private static final int PIECE = 1_000;
  private static final int COLLECTIONS = 4;
  private static final Duration WRITE_LIMIT = Duration.ofSeconds(30);

  static CacheMemory measure(int entries) {
    List<Name> names = new ArrayList<>();
    Random random = new Random(5);
    for (int i = 0; i < entries + PIECE; i++) {
      names.add(new Name(new UUID(random.nextLong(), random.nextLong()), "name " + i));
    }
    Map<String, Double> bytes = new LinkedHashMap<>();
    try (TestRedis redis = TestRedis.create()) {
      String url = redis.uri().toString();
      bytes.put("Caffeine", ofCaffeine(names));
      bytes.put("Tenon", ofTenon(names, url));
      bytes.put("JetCache 2.7.8", ofJetCache(names, url));
      bytes.put("Redisson 4.7.0", ofRedisson(names, url));
    }
    return new CacheMemory(bytes);
  }

  private static double ofCaffeine(List<Name> names) {
    com.github.benmanes.caffeine.cache.Cache<UUID, Name> cache =
        Caffeine.newBuilder()
            .maximumSize(2L * names.size())
            .expireAfterWrite(CacheLibrary.TIME_TO_LIVE)
            .recordStats()
            .build();
    double bytes = ofFills(names, cache::putAll);
    requireAll(names, cache.asMap().size());
    return bytes;
  }

  private static double ofTenon(List<Name> names, String url) {
    Session session = TenonNode.session();
    CacheConfig config = CacheConfig.service(StaleRace.newService(), url).build();
    try (dev.tenon.cache.Cache cache = TenonNode.connected(dev.tenon.cache.Cache.open(config))) {
      CachePolicy policy =
          CachePolicy.timeToLive(CacheLibrary.TIME_TO_LIVE)
              .withLocalTtl(CacheLibrary.TIME_TO_LIVE)
              .withLocalEntries(2 * names.size())
              .sharedByAllTenants();
      EntityCache<UUID, Name> entity = cache.entity("name", UUID.class, Name.class, policy);
      double bytes =
          ofFills(names, piece -> entity.getAll(session, piece.keySet(), (ids, context) -> piece));
      for (Name name : names) {
        Name unused = entity.get(session, name.id(), id -> name);
      }
      requireAll(names, (int) entity.statistics().localHits());
      return bytes;
    }
  }

  private static double ofJetCache(List<Name> names, String url) {
    try (JetCaches caches = new JetCaches(url, StaleRace.newService())) {
      Cache<UUID, Name> cache = caches.both("name", 2 * names.size(), Codec.json(Name.class));
      // Else commands that wait to be sent would count.
      double bytes = ofFills(names, piece -> cache.PUT_ALL(piece).waitForResult(WRITE_LIMIT));
      requireAll(
          names,
          (int) cache.unwrap(com.github.benmanes.caffeine.cache.Cache.class).estimatedSize());
      return bytes;
    }
  }

  private static double ofRedisson(List<Name> names, String url) {
    RedissonClient client = RedissonMaps.connect(url);
    try {
      RLocalCachedMap<UUID, Name> map =
          client.getLocalCachedMap(RedissonMaps.options(StaleRace.newService(), 2 * names.size()));
      double bytes = ofFills(names, map::putAll);
      requireAll(names, map.cachedKeySet().size());
      map.destroy();
      return bytes;
    } finally {
      RedissonMaps.close(client);
    }
  }

  private static double ofFills(List<Name> names, Consumer<Map<UUID, Name>> cache) {
    fill(names.subList(0, PIECE), cache);
    long before = usedHeap();
    fill(names.subList(PIECE, names.size()), cache);
    return (double) (usedHeap() - before) / (names.size() - PIECE);
  }

  private static void fill(List<Name> names, Consumer<Map<UUID, Name>> cache) {
    for (int start = 0; start < names.size(); start += PIECE) {
      Map<UUID, Name> piece = new HashMap<>();
      names
          .subList(start, Math.min(names.size(), start + PIECE))
          .forEach(name -> piece.put(name.id(), name));
      cache.accept(piece);
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static void requireAll(List<Name> names, int held) {
    if (held != names.size()) {
      throw new IllegalStateException(held + " of " + names.size() + " names are in memory");
    }
  }

  /** Each cache in a line. */
  void print(PrintStream out) {
    out.println();
    bytes.forEach(
        (cache, each) ->
            out.printf(Locale.ROOT, "%-28s%-20s%8.0f B an entry%n", LABEL, cache, each));
  }
}
