package dev.tenon.examples.benchmarks;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tasks on their way: a further one waits until there is room, so that what is given is what is
 * done.
 */
final class TaskWindow {

  /** How many threads do tasks. */
  static final int WORKERS = 4;

  private static final int WIDTH = 64;

  private final Semaphore room = new Semaphore(WIDTH);
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong sum = new AtomicLong();

  /** Work, as both sides store it: JSON of some hundred bytes. */
  record Task(long number, String text) {}

  /** The next one to give. */
  Task next() {
    take(1);
    long number = given.incrementAndGet();
    return new Task(number, "a text that makes some hundred bytes of it: " + number);
  }

  void done(Task task) {
    count.incrementAndGet();
    sum.addAndGet(task.number());
    room.release();
  }

  /** Waits until all are done. */
  void drain() {
    take(WIDTH);
    room.release(WIDTH);
  }

  /** How many were done. */
  long count() {
    return count.get();
  }

  /** The sum of their numbers. */
  long sum() {
    return sum.get();
  }

  private void take(int places) {
    try {
      if (!room.tryAcquire(places, 1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("tasks are not done after a minute");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
