package dev.tenon.examples.benchmarks;

import java.time.Duration;

/**
 * How much is published, and how long things take.
 *
 * @param rounds how often each system is measured, after one round that does not count
 * @param longRounds the same where a handler or a snapshot takes long
 * @param events published in a run
 * @param slowHandler how long the slow handler takes
 * @param snapshot how long it is held
 */
record OutboxPlan(int rounds, int longRounds, int events, Duration slowHandler, Duration snapshot) {

  private static final int MOST_PER_SECOND = 30_000;

  static OutboxPlan quick() {
    return new OutboxPlan(3, 3, 30_000, Duration.ofSeconds(3), Duration.ofSeconds(20));
  }

  static OutboxPlan full() {
    return new OutboxPlan(7, 1, 30_000, Duration.ofSeconds(30), Duration.ofMinutes(3));
  }

  /** This plan, or one in which nothing takes long, before what counts. */
  OutboxPlan warmUp(boolean isWanted) {
    Duration shortest = Duration.ofSeconds(1);
    return isWanted ? new OutboxPlan(0, 0, events, shortest, shortest) : this;
  }

  int mostInSnapshot() {
    return Math.toIntExact(snapshot.toMillis() * MOST_PER_SECOND / 1_000);
  }
}
