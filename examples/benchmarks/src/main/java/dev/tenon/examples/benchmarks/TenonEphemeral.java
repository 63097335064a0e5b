package dev.tenon.examples.benchmarks;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheConfig;
import dev.tenon.cache.ephemeral.DistributedLock;
import dev.tenon.cache.ephemeral.Ephemeral;
import dev.tenon.cache.ephemeral.Leaderboard;
import dev.tenon.cache.ephemeral.Leaderboard.Standing;
import dev.tenon.cache.ephemeral.Owner;
import dev.tenon.cache.ephemeral.RateLimit;
import dev.tenon.cache.ephemeral.RateLimiter;
import dev.tenon.cache.ephemeral.RateLimiter.Decision;
import dev.tenon.core.TenantId;
import java.io.IOException;
import java.time.Duration;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Tenon's, for one tenant. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init")
public class TenonEphemeral {

  static final Owner OWNER = Owner.of(TenantId.parse("0191f6c0-0000-7000-8000-00000000000c"));

  /** So many that none is refused. */
  static final long TOKENS = 1_000_000_000;

  static final long REFILL = 1;
  static final Duration PERIOD = Duration.ofSeconds(1);
  static final long FURTHER = 1_000;

  /** A busy machine is not to make an answer an error. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String BOARD = "week";
  private static final Duration EXPIRY = Duration.ofHours(1);
  private static final Duration LEASE = Duration.ofSeconds(30);

  private Cache cache;
  private RateLimiter limiter;
  private Leaderboard board;
  private DistributedLock locks;

  /** Made by JMH. */
  public TenonEphemeral() {}

  static Cache connect(Coordinates coordinates) {
    return TenonNode.connected(
        Cache.open(
            CacheConfig.service("benchmarks", coordinates.get("redis"))
                .commandTimeout(PATIENCE)
                .build()));
  }

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    cache = connect(coordinates);
    Ephemeral ephemeral = Ephemeral.on(cache);
    limiter = ephemeral.rateLimiter("calls", RateLimit.tokenBucket(TOKENS, REFILL, PERIOD));
    board = ephemeral.leaderboard("points", Leaderboard.Order.HIGHEST_FIRST, EXPIRY);
    locks = ephemeral.lock("work", LEASE);
    String[] members = EphemeralBenchmark.identifiers(Integer.parseInt(coordinates.get("rows")));
    for (int i = 0; i < members.length; i++) {
      board.set(OWNER, BOARD, members[i], i * FURTHER);
    }
  }

  @TearDown
  public void close() {
    cache.close();
  }

  /** Takes a token; how many are left. */
  long take(String identifier) {
    Decision decision = limiter.tryAcquire(OWNER, identifier);
    return decision.allowed() ? decision.remaining() : -1;
  }

  /** One more point, and where that leaves the member. */
  Standing scoreAndFind(String member) {
    long unused = board.add(OWNER, BOARD, member, 1);
    return board.find(OWNER, BOARD, member).orElseThrow();
  }

  /** The same in one call. */
  Standing scoreAndFindAtOnce(String member) {
    return board.addAndFind(OWNER, BOARD, member, 1);
  }

  /** Takes the lock and gives it back; its token. */
  long lock(String identifier) {
    try (DistributedLock.Hold hold = locks.tryAcquire(OWNER, identifier).orElseThrow()) {
      return hold.token();
    }
  }
}
