package dev.tenon.core;

import java.time.Duration;

/**
 * How often work that may be repeated runs again after a conflict with other transactions.
 *
 * <p>Run again are serialization failures (SQLSTATE 40001), deadlocks (40P01), connections lost
 * before the commit was sent (also by 25P03), and statements that return other columns since a
 * migration (0A000); nothing was committed by those. Never run again are pool, lock and transaction
 * timeouts, which more load makes worse, and a commit whose outcome is unknown. The pause before an
 * attempt is random between zero and a bound that doubles from 10 ms to 1 s (full jitter, <a
 * href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">M. Brooker</a>),
 * so that those who collided do not collide again.
 *
 * @param attempts how often at most, the first included; at least 2
 * @param within no attempt begins later than this after the first, nor does a pause that would lead
 *     beyond it; 10 s by default
 */
public record Retry(int attempts, Duration within) {

  private static final Duration DEFAULT_WITHIN = Duration.ofSeconds(10);

  public Retry {
    Durations.requirePositive("Retry.within", within);
    if (attempts < 2) {
      throw new UsageException(
          Problem.what("attempts is " + attempts)
              .where("Retry.conflicts")
              .why("the first run counts, so fewer than 2 never run anything again")
              .fix("pass 2 or more, or leave the retry out"));
    }
  }

  /** At most this many runs within 10 s. */
  public static Retry conflicts(int attempts) {
    return new Retry(attempts, DEFAULT_WITHIN);
  }

  public Retry within(Duration limit) {
    return new Retry(attempts, limit);
  }
}
