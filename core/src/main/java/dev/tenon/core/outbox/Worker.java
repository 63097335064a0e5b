package dev.tenon.core.outbox;

import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** One thread of a consumer: owns partitions for as long as it delivers what it read of them. */
final class Worker implements Runnable {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
  private static final Duration FIRST_PAUSE_AFTER_ERROR = Duration.ofMillis(50);

  private final Consumer consumer;
  private final RelayPlan plan;
  private final Session session;
  private Duration pause = FIRST_PAUSE;

  /** Plans made while the tables were small stay in use when they have grown. */
  Worker(Consumer consumer, RelayPlan plan) {
    this.consumer = consumer;
    this.plan = plan;
    this.session =
        plan.database()
            .withSetting("enable_seqscan", "off")
            .withSetting("enable_bitmapscan", "off");
  }

  @Override
  public void run() {
    long calls = consumer.wake().calls();
    while (!consumer.isStopping()) {
      try {
        if (turn()) {
          pause = FIRST_PAUSE;
        } else {
          rest(calls);
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return;
      } catch (Exception error) {
        if (!recover(error, calls)) {
          return;
        }
      }
      calls = consumer.wake().calls();
    }
  }

  /** One look, and one delivery of what it found; says whether that was anything. */
  private boolean turn() {
    Consumer.Reserved mine = consumer.reserve(consumer.queue().look(session), claims());
    if (mine.partitions().isEmpty()) {
      return false;
    }
    List<Delivery.Result> results = new ArrayList<>();
    try {
      session.transaction(transaction -> relay(transaction, mine, results));
    } finally {
      consumer.release(mine.partitions());
    }
    results.forEach(result -> consumer.counters().settled(consumer.name(), result));
    boolean worked = results.stream().anyMatch(Delivery.Result::isAnything);
    if (worked) {
      consumer.wake().worked();
    }
    return worked;
  }

  /** A batch costs as much for many partitions as for one, but a slow handler holds them all. */
  private int claims() {
    return consumer.handler().takesMany()
        ? Math.max(1, plan.outbox().partitions() / plan.concurrency())
        : 1;
  }

  private void relay(
      Transaction transaction, Consumer.Reserved mine, List<Delivery.Result> results) {
    Queue queue = consumer.queue();
    Queue.Claim claim = queue.claim(transaction, mine.partitions());
    List<Integer> owned = claim.owned();
    if (owned.isEmpty()) {
      return;
    }
    if (mine.more()) {
      consumer.wake().call();
    }
    if (claim.due()) {
      Delivery.Result again =
          consumer.delivery().deliver(queue.due(transaction, owned, plan.batch()));
      settle(transaction, true, again);
      consumer.failures().resolve(transaction, owned);
      results.add(again);
    }
    Delivery.Result fresh =
        consumer.delivery().deliver(queue.ready(transaction, owned, plan.batch()));
    settle(transaction, false, fresh);
    results.add(fresh);
  }

  private void settle(Transaction transaction, boolean parked, Delivery.Result result) {
    consumer.failures().record(transaction, result.failed);
    consumer.failures().bury(transaction, parked, result.dead);
    if (!parked) {
      consumer.queue().park(transaction, result.behind);
    }
    consumer.queue().delete(transaction, parked, result.done);
  }

  /** One thread of the consumer looks again soon, the others when they are called. */
  private void rest(long calls) throws InterruptedException {
    if (!consumer.beginScouting()) {
      consumer.wake().await(calls, plan.pollInterval());
      return;
    }
    try {
      consumer.wake().await(calls, pause);
      pause = shorter(pause.multipliedBy(2), plan.pollInterval());
    } finally {
      consumer.endScouting();
    }
  }

  private boolean recover(Exception error, long calls) {
    if (consumer.isStopping()) {
      return false;
    }
    consumer.counters().interrupted(consumer.name(), error);
    pause =
        shorter(
            Collections.max(List.of(pause, FIRST_PAUSE_AFTER_ERROR)).multipliedBy(2),
            Collections.max(List.of(plan.pollInterval(), FIRST_PAUSE_AFTER_ERROR)));
    try {
      consumer.wake().await(calls, pause);
      return true;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
