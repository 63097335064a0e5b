package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.ephemeral.Leaderboard.Standing;
import dev.tenon.examples.benchmarks.EphemeralBenchmark.Turn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EphemeralBenchmarkTest {

  private static final int IDENTIFIERS = 3;
  private static final int TASKS = 200;

  private final EphemeralBenchmark benchmark = new EphemeralBenchmark();
  private Stage stage;

  @BeforeEach
  void open() throws Exception {
    stage = Stage.build(CacheHitBenchmark::build, IDENTIFIERS);
  }

  @AfterEach
  void close() {
    stage.close();
  }

  private Turn turn() {
    Turn turn = new Turn();
    turn.open(stage.coordinates());
    return turn;
  }

  @Test
  void both_buckets_have_as_many_tokens_left() {
    TenonEphemeral tenon = new TenonEphemeral();
    Bucket4jBuckets buckets = new Bucket4jBuckets();
    tenon.open(stage.coordinates());
    buckets.open(stage.coordinates());
    try {
      Turn one = turn();
      Turn other = turn();
      for (int taken = 1; taken <= 2; taken++) {
        for (int i = 0; i < IDENTIFIERS; i++) {
          assertThat(benchmark.bucket(tenon, one)).isBetween(left(taken), TenonEphemeral.TOKENS);
          assertThat(benchmark.bucket4j(buckets, other))
              .isBetween(left(taken), TenonEphemeral.TOKENS);
        }
      }
      assertThat(benchmark.bucketOfEight(tenon, one)).isGreaterThanOrEqualTo(left(3));
      assertThat(benchmark.bucket4jOfEight(buckets, other)).isGreaterThanOrEqualTo(left(3));
      assertThat(benchmark.sameBucketOfEight(tenon, one)).isGreaterThanOrEqualTo(left(4));
      assertThat(benchmark.sameBucket4jOfEight(buckets, other)).isGreaterThanOrEqualTo(left(4));
    } finally {
      tenon.close();
      buckets.close();
    }
  }

  /** One token comes back in a second. */
  private static long left(int taken) {
    return TenonEphemeral.TOKENS - taken;
  }

  @Test
  void every_board_ranks_the_members_alike() {
    TenonEphemeral tenon = new TenonEphemeral();
    RedissonEphemeral redisson = new RedissonEphemeral();
    tenon.open(stage.coordinates());
    redisson.open(stage.coordinates());
    try {
      Turn one = turn();
      Turn other = turn();
      for (int i = 0; i < 2 * IDENTIFIERS; i++) {
        assertThat(benchmark.board(tenon, one)).isEqualTo(benchmark.redissonBoard(redisson, other));
      }
      Standing next = benchmark.boardOnce(tenon, one);
      assertThat(benchmark.redissonBoardOnce(redisson, other)).isEqualTo(next.rank());
    } finally {
      tenon.close();
      redisson.close();
    }
  }

  @Test
  void the_tokens_of_both_locks_rise() {
    TenonEphemeral tenon = new TenonEphemeral();
    RedissonEphemeral redisson = new RedissonEphemeral();
    tenon.open(stage.coordinates());
    redisson.open(stage.coordinates());
    try {
      Turn turn = turn();
      for (int i = 0; i < IDENTIFIERS; i++) {
        String identifier = turn.next();
        assertThat(tenon.lock(identifier)).isLessThan(tenon.lock(identifier));
        assertThat(redisson.lock(identifier)).isLessThan(redisson.lock(identifier));
      }
      assertThat(benchmark.lock(tenon, turn)).isPositive();
      assertThat(benchmark.redissonLock(redisson, turn)).isPositive();
    } finally {
      tenon.close();
      redisson.close();
    }
  }

  @Test
  void both_do_every_task_once() throws Exception {
    TenonTasks tenon = new TenonTasks();
    RedissonTasks redisson = new RedissonTasks();
    tenon.open(stage.coordinates());
    redisson.open(stage.coordinates());
    for (int i = 1; i <= TASKS; i++) {
      assertThat(benchmark.task(tenon)).isEqualTo(i);
      assertThat(benchmark.redissonTask(redisson)).isEqualTo(i);
    }
    tenon.close();
    redisson.close();
    for (TaskWindow window : new TaskWindow[] {tenon.window(), redisson.window()}) {
      assertThat(window.count()).isEqualTo(TASKS);
      assertThat(window.sum()).isEqualTo(TASKS * (TASKS + 1) / 2);
    }
  }
}
