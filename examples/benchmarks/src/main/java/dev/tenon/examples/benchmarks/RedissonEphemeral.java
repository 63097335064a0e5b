package dev.tenon.examples.benchmarks;

import dev.tenon.cache.ephemeral.Leaderboard.Standing;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.redisson.api.RFencedLock;
import org.redisson.api.RScoredSortedSet;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.client.protocol.RankedEntry;

/** Redisson's sorted set, and its lock that has a token. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init")
public class RedissonEphemeral {

  private RedissonClient client;
  private RScoredSortedSet<String> board;

  /** Made by JMH. */
  public RedissonEphemeral() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    client = RedissonMaps.connect(coordinates.get("redis"));
    board = client.getScoredSortedSet("benchmarks-redisson-board", StringCodec.INSTANCE);
    String[] members = EphemeralBenchmark.identifiers(Integer.parseInt(coordinates.get("rows")));
    Map<String, Double> scores = new HashMap<>();
    for (int i = 0; i < members.length; i++) {
      scores.put(members[i], (double) (i * TenonEphemeral.FURTHER));
    }
    int unused = board.addAll(scores);
  }

  @TearDown
  public void close() {
    RedissonMaps.close(client);
  }

  /** One more point, and where that leaves the member. */
  Standing scoreAndFind(String member) {
    Double unused = board.addScore(member, 1);
    RankedEntry<String> entry = board.revRankEntry(member);
    return new Standing(member, entry.getScore().longValue(), entry.getRank() + 1L);
  }

  /** One more point, and the rank that the member has with it. */
  long scoreAndRank(String member) {
    return board.addScoreAndGetRevRank(member, 1) + 1L;
  }

  /** Takes the lock and gives it back; its token. */
  long lock(String identifier) {
    RFencedLock lock = client.getFencedLock("benchmarks-redisson-lock:" + identifier);
    long token = Objects.requireNonNull(lock.tryLockAndGetToken());
    lock.unlock();
    return token;
  }
}
