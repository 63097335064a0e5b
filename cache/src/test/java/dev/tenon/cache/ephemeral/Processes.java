package dev.tenon.cache.ephemeral;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.Stalls;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Processes of one service on one Redis, and a look into it. */
final class Processes implements AutoCloseable {

  static final Owner ACME = tenant('a');
  static final Owner GLOBEX = tenant('b');
  static final Duration COMMAND_TIMEOUT = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration HEARTBEAT = Duration.ofMillis(500);
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final String service =
      "t" + UUID.randomUUID().toString().substring(0, 8).toLowerCase(Locale.ROOT);
  private final String url;
  private final Deque<Runnable> opened = new ArrayDeque<>();
  private final RedisCommands<String, byte[]> redis;

  Processes(TestRedis database) {
    url = database.uri().toString();
    RedisClient client = RedisClient.create(url);
    StatefulRedisConnection<String, byte[]> connection =
        client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
    opened.push(() -> client.shutdown(Duration.ZERO, Duration.ofSeconds(2)));
    redis = connection.sync();
  }

  private static Owner tenant(char last) {
    return Owner.of(TenantId.parse("0191f6c0-0000-7000-8000-00000000000" + last));
  }

  /** One more process. */
  Ephemeral process() {
    return Ephemeral.on(cache());
  }

  List<Ephemeral> processes(int number) {
    return IntStream.range(0, number).mapToObj(each -> process()).toList();
  }

  Cache cache() {
    return cache(url, PATIENCE, HEARTBEAT);
  }

  /** A cache that does not wait long, for a network that a test cuts. */
  Cache cache(String at) {
    return cache(at, COMMAND_TIMEOUT, HEARTBEAT);
  }

  /** A cache that sends nothing by itself while a test runs. */
  Cache quiet(String at) {
    return cache(at, PATIENCE, Duration.ofMinutes(10));
  }

  /** A cache whose user and password these are. */
  Cache cacheOf(String user) {
    return cache(url.replaceFirst("://[^@]*@", "://" + user + "@"), PATIENCE, HEARTBEAT);
  }

  /** What only an administrator of Redis may do. */
  void admin(String command, String keyword, String name, List<String> words) {
    CommandArgs<String, byte[]> arguments =
        new CommandArgs<>(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE))
            .add(keyword)
            .add(name);
    words.forEach(arguments::add);
    assertThat(
            redis.dispatch(
                CommandType.valueOf(command.toUpperCase(Locale.ROOT)),
                new StatusOutput<>(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)),
                arguments))
        .isEqualTo("OK");
  }

  private Cache cache(String at, Duration commandTimeout, Duration heartbeat) {
    Cache cache =
        Cache.open(
            CacheConfig.service(service, at)
                .commandTimeout(commandTimeout)
                .heartbeat(heartbeat)
                .build());
    opened.push(cache::close);
    until("the cache is connected", cache::isConnected);
    return cache;
  }

  String service() {
    return service;
  }

  RedisCommands<String, byte[]> redis() {
    return redis;
  }

  List<String> keys() {
    return redis.keys("{" + service + ":*");
  }

  void assertThatEveryKeyExpires() {
    assertThat(redis.keys("*"))
        .allSatisfy(key -> assertThat(redis.pttl(key)).as("PTTL of %s", key).isNotEqualTo(-1));
  }

  /** Redis gone: a typed error in time, and use of the same object once it is back. */
  void assertThatItOutlivesAnOutage(TestRedis database, Consumer<Ephemeral> use, Runnable back) {
    try (FaultProxy network = FaultProxy.to(database.uri().getHost(), database.uri().getPort())) {
      Ephemeral ephemeral = Ephemeral.on(cache(network.reroute(url)));
      use.accept(ephemeral);
      network.timeout();
      assertThatItIsRefusedInTime(
          () ->
              assertThatThrownBy(() -> use.accept(ephemeral))
                  .isInstanceOf(RetryableException.class)
                  .hasMessageContaining("Redis did not answer"));
      network.enable();
      until("it works again", () -> works(() -> use.accept(ephemeral)));
      back.run();
    }
  }

  /** A call that waits for its command timeout, and for no other. */
  static void assertThatItIsRefusedInTime(Runnable refusal) {
    try (Stalls stalls = Stalls.watch()) {
      long start = System.nanoTime();
      refusal.run();
      assertThat(Duration.ofNanos(stalls.nanosWithout(start, System.nanoTime())))
          .isLessThan(COMMAND_TIMEOUT.multipliedBy(4));
    }
  }

  /** Waits until a heartbeat has renewed the lease of a lock. */
  void awaitRenewal(String key) {
    long end = redis.pexpiretime(key);
    assertThat(end).as("when the lease of %s ends", key).isPositive();
    until("it was renewed", () -> redis.pexpiretime(key) > end);
  }

  private static boolean works(Runnable use) {
    try {
      use.run();
      return true;
    } catch (RetryableException unanswered) {
      return false;
    }
  }

  /** Runs the work in so many threads at once. */
  static <R> List<R> inThreads(int number, Callable<R> work)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(number);
    try {
      List<R> results = new ArrayList<>();
      for (Future<R> result :
          threads.invokeAll(IntStream.range(0, number).mapToObj(each -> work).toList())) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited %s until %s", LIMIT, what).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
    }
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().run();
    }
  }
}
