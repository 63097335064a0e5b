package dev.tenon.cache;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs loads in threads of their own, at most {@value #MOST} at a time.
 *
 * <p>A load that asks for another one does not wait for a thread, because it holds one: where all
 * are busy it runs what it asks for itself. So loads never wait for each other.
 */
final class Background {

  static final int MOST = 64;

  private final Semaphore free = new Semaphore(MOST);
  private final ThreadPoolExecutor threads;

  Background(String service) {
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> new Worker(task, "tenon-cache-load-" + service));
  }

  private static final class Worker extends Thread {
    Worker(Runnable task, String name) {
      super(task, name);
      setDaemon(true);
    }
  }

  /** Whether the caller is one of its threads. */
  boolean isOfThisThread() {
    return Thread.currentThread() instanceof Worker;
  }

  /** Whether a load could begin now. */
  boolean isFree() {
    return free.availablePermits() > 0;
  }

  /** Whether it runs; false where all threads are busy. */
  boolean offer(Runnable task) {
    return free.tryAcquire() && start(task);
  }

  /**
   * Runs it, in the thread of the caller where all threads are busy and that is one of them.
   *
   * @return whether a thread was free in time
   */
  boolean run(Runnable task, long nanos) throws InterruptedException {
    if (isOfThisThread()) {
      if (!offer(task)) {
        task.run();
      }
      return true;
    }
    if (!free.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
      return false;
    }
    if (!start(task)) {
      task.run();
    }
    return true;
  }

  private boolean start(Runnable task) {
    boolean isStarted = false;
    try {
      threads.execute(
          () -> {
            try {
              task.run();
            } finally {
              free.release();
            }
          });
      isStarted = true;
    } catch (RejectedExecutionException closed) {
      // The cache was closed.
    } finally {
      if (!isStarted) {
        free.release();
      }
    }
    return isStarted;
  }

  void close() {
    var unused = threads.shutdownNow();
  }
}
