package dev.tenon.examples.benchmarks;

import dev.tenon.cache.ephemeral.Leaderboard.Standing;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * What lives in Redis for a while: token buckets, a leaderboard, locks that nobody else wants, and
 * tasks from the hand that gives them to the word that they are done.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class EphemeralBenchmark {

  static final int IDENTIFIERS = 1_000;

  private static final int THREADS = 8;

  /** Made by JMH. */
  public EphemeralBenchmark() {}

  /** Goes through the identifiers, each thread from another one. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init")
  public static class Turn {

    private String[] identifiers;
    private int next;

    /** Made by JMH. */
    public Turn() {}

    @Setup
    public void open() throws IOException {
      open(Coordinates.ofThisRun());
      next = (int) (Thread.currentThread().getId() * 101 % identifiers.length);
    }

    void open(Coordinates coordinates) {
      identifiers = identifiers(Integer.parseInt(coordinates.get("rows")));
    }

    String next() {
      next = next + 1 < identifiers.length ? next + 1 : 0;
      return identifiers[next];
    }

    String same() {
      return identifiers[0];
    }
  }

  static String[] identifiers(int count) {
    String[] identifiers = new String[count];
    for (int i = 0; i < count; i++) {
      identifiers[i] = "user-" + i;
    }
    return identifiers;
  }

  @Benchmark
  public long bucket(TenonEphemeral tenon, Turn turn) {
    return tenon.take(turn.next());
  }

  @Benchmark
  @Threads(THREADS)
  public long bucketOfEight(TenonEphemeral tenon, Turn turn) {
    return tenon.take(turn.next());
  }

  @Benchmark
  @Threads(THREADS)
  public long sameBucketOfEight(TenonEphemeral tenon, Turn turn) {
    return tenon.take(turn.same());
  }

  @Benchmark
  public long bucket4j(Bucket4jBuckets buckets, Turn turn) {
    return buckets.take(turn.next());
  }

  @Benchmark
  @Threads(THREADS)
  public long bucket4jOfEight(Bucket4jBuckets buckets, Turn turn) {
    return buckets.take(turn.next());
  }

  @Benchmark
  @Threads(THREADS)
  public long sameBucket4jOfEight(Bucket4jBuckets buckets, Turn turn) {
    return buckets.take(turn.same());
  }

  @Benchmark
  public Standing board(TenonEphemeral tenon, Turn turn) {
    return tenon.scoreAndFind(turn.next());
  }

  @Benchmark
  public Standing boardOnce(TenonEphemeral tenon, Turn turn) {
    return tenon.scoreAndFindAtOnce(turn.next());
  }

  @Benchmark
  public Standing redissonBoard(RedissonEphemeral redisson, Turn turn) {
    return redisson.scoreAndFind(turn.next());
  }

  @Benchmark
  public long redissonBoardOnce(RedissonEphemeral redisson, Turn turn) {
    return redisson.scoreAndRank(turn.next());
  }

  @Benchmark
  public long lock(TenonEphemeral tenon, Turn turn) {
    return tenon.lock(turn.next());
  }

  @Benchmark
  public long redissonLock(RedissonEphemeral redisson, Turn turn) {
    return redisson.lock(turn.next());
  }

  @Benchmark
  public long task(TenonTasks tasks) {
    return tasks.give();
  }

  @Benchmark
  public long redissonTask(RedissonTasks tasks) throws IOException {
    return tasks.give();
  }
}
