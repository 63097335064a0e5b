package dev.tenon.examples.benchmarks;

import java.util.List;

/** The group that compares what lives in Redis for a while with libraries that offer the same. */
final class EphemeralGroups {

  private EphemeralGroups() {}

  static List<Group> all() {
    return List.of(
        new Group(
            "ephemeral",
            EphemeralBenchmark.class,
            Figure.RATE,
            CacheHitBenchmark::build,
            EphemeralBenchmark.IDENTIFIERS,
            List.of(
                Comparison.of("token bucket | Bucket4j", "bucket", "bucket4j").atLeast(1),
                Comparison.of(
                        "token bucket, 8 threads | Bucket4j", "bucketOfEight", "bucket4jOfEight")
                    .atLeast(1),
                Comparison.of(
                        "one token bucket, 8 threads | Bucket4j",
                        "sameBucketOfEight",
                        "sameBucket4jOfEight")
                    .atLeast(1),
                Comparison.of("points, rank, two calls | Redisson", "board", "redissonBoard"),
                Comparison.of(
                    "points, rank, one call | Redisson", "boardOnce", "redissonBoardOnce"),
                Comparison.of("lock and release | RFencedLock", "lock", "redissonLock"),
                Comparison.of("task given and done | RStream", "task", "redissonTask"))));
  }
}
