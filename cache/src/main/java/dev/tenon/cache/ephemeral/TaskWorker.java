package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.Faults;
import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.cache.internal.RedisLink.Call;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Takes tasks as it has threads free, so that none waits here while its time runs.
 *
 * <p>One thread looks for tasks; owners take turns in being asked.
 */
final class TaskWorker<T> implements TaskQueue.Worker, RedisAccess.Attachment {

  private static final Logger LOG = LoggerFactory.getLogger(TaskWorker.class);

  private final TaskQueue<T> queue;
  private final Supplier<? extends Collection<Owner>> owners;
  private final TaskQueue.Handler<T> handler;
  private final AtomicInteger running = new AtomicInteger();
  private final Semaphore free;
  private final ExecutorService threads;
  private final Thread poller;
  private volatile boolean closed;
  private int turn;

  TaskWorker(
      TaskQueue<T> queue,
      Supplier<? extends Collection<Owner>> owners,
      int most,
      TaskQueue.Handler<T> handler) {
    this.queue = queue;
    this.owners = owners;
    this.handler = handler;
    this.free = new Semaphore(most);
    String name = "tenon-tasks-" + queue.space().name();
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            most, task -> daemon(task, name + "-" + number.incrementAndGet()));
    this.poller = daemon(this::poll, name);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  void start() {
    queue.space().access().attach(this);
    poller.start();
  }

  @Override
  public int running() {
    return running.get();
  }

  @Override
  public void beat() {
    // It has a rhythm of its own.
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(poller);
    boolean isInterrupted = false;
    try {
      poller.join(queue.policy().visibilityTimeout().toMillis());
      threads.shutdown();
      if (!threads.awaitTermination(
          queue.policy().visibilityTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("{} tasks did not end in time; others will get them", running());
      }
    } catch (InterruptedException interrupted) {
      isInterrupted = true;
    }
    threads.shutdownNow();
    queue.space().access().detach(this);
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void poll() {
    while (!closed) {
      try {
        if (!look()) {
          LockSupport.parkNanos(this, queue.policy().polling().toNanos());
        }
      } catch (InterruptedException interrupted) {
        return;
      } catch (Throwable error) {
        Faults.log(
            LOG, Level.WARN, "tasks of '" + queue.space().name() + "' cannot be looked for", error);
        LockSupport.parkNanos(this, queue.policy().polling().toNanos());
      }
    }
  }

  /** Asks every owner once; whether one had tasks, and so may have more. */
  private boolean look() throws InterruptedException {
    List<Owner> all = List.copyOf(owners.get());
    boolean isFound = false;
    for (int asked = 0; asked < all.size() && !closed; ) {
      int permits = 1;
      free.acquire();
      permits += free.drainPermits();
      int together = Math.min(permits, all.size() - asked);
      List<Owner> next = new ArrayList<>(together);
      for (int i = 0; i < together; i++) {
        next.add(all.get(Math.floorMod(turn + i, all.size())));
      }
      turn += together;
      asked += together;
      int unused = permits;
      try {
        int taken = take(next, permits / together);
        isFound |= taken > 0;
        unused -= taken;
      } finally {
        free.release(unused);
      }
    }
    return isFound;
  }

  /** Begins at most so many tasks of each owner; how many those were. */
  private int take(List<Owner> next, int each) {
    if (closed) {
      return 0;
    }
    List<Call> calls = new ArrayList<>(next.size());
    for (Owner owner : next) {
      calls.add(
          new Call(
              TaskScripts.TAKE,
              queue.keys("TaskQueue.work", owner),
              Arguments.number(each),
              Arguments.millis(queue.policy().visibilityTimeout()),
              Arguments.number(queue.policy().mostAttempts()),
              queue.kept()));
    }
    List<@Nullable Object> answers = queue.space().access().link().runEach(calls);
    int taken = 0;
    for (int i = 0; i < next.size(); i++) {
      if (answers.get(i) instanceof List<?> tasks) {
        for (Object task : tasks) {
          if (begin(next.get(i), new Answer((List<?>) task))) {
            taken++;
          }
        }
      }
    }
    return taken;
  }

  /** False where there is no thread for it; then it comes again behind the visibility timeout. */
  private boolean begin(Owner owner, Answer taken) {
    running.incrementAndGet();
    try {
      TakenTask<T> task =
          new TakenTask<>(
              queue, owner, UUID.fromString(taken.text(1)), taken.bytes(0), (int) taken.number(2));
      byte[] bytes = taken.bytes(3);
      threads.execute(
          () -> {
            try {
              task.run(bytes, handler);
            } finally {
              running.decrementAndGet();
              free.release();
            }
          });
      return true;
    } catch (Throwable error) {
      running.decrementAndGet();
      Faults.log(
          LOG, Level.WARN, "a task of '" + queue.space().name() + "' cannot be begun", error);
      return false;
    }
  }
}
