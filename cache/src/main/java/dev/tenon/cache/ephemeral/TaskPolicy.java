package dev.tenon.cache.ephemeral;

import java.time.Duration;

/**
 * How the tasks of a queue are tried, and how long and how many are kept.
 *
 * <p>Immutable. Everybody who uses a queue gives it the same.
 *
 * @param visibilityTimeout how long a worker has for a task, from when it took it or last told of
 *     its progress; then another worker gets it
 * @param mostAttempts how often a task is tried before it is a dead letter; 5 by default
 * @param firstPause the pause before the second attempt; each further one is twice as long, and up
 *     to a quarter of it is taken off at random; 1 s by default
 * @param longestPause the longest of them; 5 min by default
 * @param capacity how many tasks of one owner are kept, dead letters included; 100,000 by default
 * @param retention how long the tasks of an owner are kept after the last that was enqueued, taken
 *     or ended; 30 days by default
 * @param polling how long a worker that found nothing waits before it asks again; 100 ms by default
 */
public record TaskPolicy(
    Duration visibilityTimeout,
    int mostAttempts,
    Duration firstPause,
    Duration longestPause,
    int capacity,
    Duration retention,
    Duration polling) {

  private static final String PLACE = "TaskPolicy";
  private static final int MOST_ATTEMPTS = 1_000;
  private static final int MOST_TASKS = 10_000_000;
  private static final int JITTER = 4;

  public TaskPolicy {
    visibilityTimeout = Arguments.duration(PLACE, "visibilityTimeout", visibilityTimeout);
    Arguments.between(PLACE, "mostAttempts", mostAttempts, 1, MOST_ATTEMPTS);
    firstPause = Arguments.duration(PLACE, "firstPause", firstPause);
    longestPause = Arguments.duration(PLACE, "longestPause", longestPause);
    Arguments.between(
        PLACE,
        "longestPause in milliseconds",
        longestPause.toMillis(),
        firstPause.toMillis(),
        Long.MAX_VALUE);
    Arguments.between(PLACE, "capacity", capacity, 1, MOST_TASKS);
    retention = Arguments.duration(PLACE, "retention", retention);
    polling = Arguments.duration(PLACE, "polling", polling);
  }

  /** With the defaults of everything else. */
  public static TaskPolicy visibilityTimeout(Duration timeout) {
    return new TaskPolicy(
        timeout,
        5,
        Duration.ofSeconds(1),
        Duration.ofMinutes(5),
        100_000,
        Duration.ofDays(30),
        Duration.ofMillis(100));
  }

  /** 1 to 1,000. */
  public TaskPolicy withMostAttempts(int attempts) {
    return new TaskPolicy(
        visibilityTimeout, attempts, firstPause, longestPause, capacity, retention, polling);
  }

  /** The pause before the second attempt, and the longest before any. */
  public TaskPolicy withPauses(Duration first, Duration longest) {
    return new TaskPolicy(
        visibilityTimeout, mostAttempts, first, longest, capacity, retention, polling);
  }

  /** 1 to 10 million. */
  public TaskPolicy withCapacity(int tasks) {
    return new TaskPolicy(
        visibilityTimeout, mostAttempts, firstPause, longestPause, tasks, retention, polling);
  }

  public TaskPolicy withRetention(Duration kept) {
    return new TaskPolicy(
        visibilityTimeout, mostAttempts, firstPause, longestPause, capacity, kept, polling);
  }

  public TaskPolicy withPolling(Duration interval) {
    return new TaskPolicy(
        visibilityTimeout, mostAttempts, firstPause, longestPause, capacity, retention, interval);
  }

  /** How long to wait after so many attempts; {@code random} is 0 to 1. */
  long pauseMillis(int attempts, double random) {
    double pause =
        Math.min(
            (double) longestPause.toMillis(),
            (double) firstPause.toMillis() * Math.pow(2, attempts - 1));
    return Math.max(1, Math.round(pause - pause / JITTER * random));
  }
}
