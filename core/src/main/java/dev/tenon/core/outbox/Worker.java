package dev.tenon.core.outbox;

import dev.tenon.core.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** One thread of a consumer: owns partitions for as long as it delivers what it read of them. */
final class Worker implements Runnable {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
  private static final Duration FIRST_PAUSE_AFTER_ERROR = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

  /** After a turn that found little, so that the next finds more: each costs two commits. */
  private static final Duration GATHERING = Duration.ofNanos(1_500_000);

  /** The relay's transaction idles for as long as its handlers work. */
  private static final String IDLE_TIMEOUT = "idle_in_transaction_session_timeout";

  private final Consumer consumer;
  private final RelayPlan plan;
  private Duration pause = FIRST_PAUSE;

  /** Whether the last turn handed on many events at once and did not commit. */
  private boolean together;

  /**
   * Whether the last turn found much. Two threads that find little cost twice the turns of one; a
   * handler of many that is slow has the others come after their poll interval.
   */
  private boolean busy;

  Worker(Consumer consumer, RelayPlan plan) {
    this.consumer = consumer;
    this.plan = plan;
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
        if (consumer.isStopping()) {
          Thread.currentThread().interrupt();
          return;
        }
      } catch (Throwable error) {
        if (!recover(Failures.exception(error))) {
          return;
        }
      }
      calls = consumer.wake().calls();
    }
  }

  /** One delivery of what it finds; says whether that was anything. */
  private boolean turn() {
    List<Delivery.Result> results = new ArrayList<>();
    boolean oneByOne = together;
    together = false;
    try {
      plan.database()
          .withSetting(IDLE_TIMEOUT, "0")
          .transaction(transaction -> relay(transaction, oneByOne, results));
      together = false;
    } catch (Delivery.RefusedException failed) {
      return true;
    } catch (RuntimeException | Error lost) {
      if (!together && !plan.handlesByTenant()) {
        results.forEach(result -> consumer.counters().delivered(consumer.name(), result));
      }
      throw lost;
    }
    results.forEach(result -> consumer.counters().settled(consumer.name(), result));
    int found = results.stream().mapToInt(Delivery.Result::size).sum();
    if (found > 0) {
      consumer.wake().worked();
      busy = found >= plan.batch() / 4;
      if (!busy) {
        LockSupport.parkNanos(GATHERING.toNanos());
      }
    }
    return found > 0;
  }

  /**
   * Many events are handled in the transaction that removes them, if nothing failed and the handler
   * works in the database that they wait in; everything else in transactions beside this one.
   */
  private void relay(Transaction transaction, boolean oneByOne, List<Delivery.Result> results)
      throws Delivery.RefusedException {
    Queue queue = consumer.queue();
    Transaction own = Queue.settings(transaction);
    int most = claims();
    Queue.Claim claim = queue.claim(own, most);
    List<Integer> owned = claim.owned();
    if (owned.isEmpty()) {
      return;
    }
    if (owned.size() == most && (busy || !consumer.handler().takesMany())) {
      consumer.wake().call();
    }
    if (consumer.handler().takesMany()
        && !plan.handlesByTenant()
        && !claim.failures()
        && !oneByOne) {
      List<Row> taken = queue.take(own, owned, plan.batch());
      together = true;
      results.add(consumer.delivery().deliverTaken(taken, transaction));
      return;
    }
    if (claim.due()) {
      List<Row> due = queue.due(own, owned, plan.batch());
      settle(own, consumer.delivery().deliver(due, oneByOne), results);
      consumer.failures().resolve(own, owned);
    }
    List<Row> ready = queue.ready(own, owned, plan.batch());
    Delivery.Result fresh = consumer.delivery().deliver(ready, oneByOne);
    settle(own, fresh, results);
    queue.park(own, fresh.behind);
  }

  /** A batch costs as much for many partitions as for one, but a slow handler holds them all. */
  private int claims() {
    return consumer.handler().takesMany()
        ? Math.max(1, plan.outbox().partitions() / plan.concurrency())
        : 1;
  }

  /** What was handled in the database that it waits in was removed in that transaction. */
  private void settle(
      Transaction transaction, Delivery.Result result, List<Delivery.Result> results) {
    results.add(result);
    if (plan.handlesByTenant()) {
      consumer.queue().delete(transaction, result.done);
    }
    consumer.failures().record(transaction, result.failed);
    consumer.failures().bury(transaction, result.dead);
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

  /** A pause that no call ends: those come from threads that fail alike. */
  private boolean recover(Exception error) {
    if (consumer.isStopping()) {
      return false;
    }
    consumer.counters().interrupted(consumer.name(), error);
    pause = shorter(pause.plus(FIRST_PAUSE_AFTER_ERROR).multipliedBy(2), LONGEST_PAUSE_AFTER_ERROR);
    try {
      Thread.sleep(pause.toMillis());
      return true;
    } catch (InterruptedException stopped) {
      if (consumer.isStopping()) {
        Thread.currentThread().interrupt();
      }
      return !consumer.isStopping();
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
