package dev.tenon.core.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/** The threads of a relay. */
final class Running {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Wake wake = new Wake();
  private final List<Thread> threads = new ArrayList<>();
  private final Counters counters;
  private volatile boolean stopping;

  private Running(Counters counters) {
    this.counters = counters;
  }

  static Running start(RelayPlan plan, ThreadFactory factory, boolean notified) {
    Running running = new Running(new Counters(plan.listener(), plan.handlers().keySet()));
    if (notified) {
      running.threads.add(
          factory.newThread(
              new Watch(plan, running.wake, running.counters, () -> running.stopping)));
    }
    for (String name : plan.handlers().keySet()) {
      Consumer consumer =
          new Consumer(plan, name, running.wake, running.counters, () -> running.stopping);
      for (int i = 0; i < plan.concurrency(); i++) {
        running.threads.add(factory.newThread(new Worker(consumer, plan)));
      }
    }
    running.threads.forEach(Thread::start);
    return running;
  }

  Counters counters() {
    return counters;
  }

  void close() {
    stopping = true;
    wake.call();
    if (threads.contains(Thread.currentThread())) {
      return;
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    boolean interrupted = false;
    for (Thread thread : threads) {
      interrupted |= !join(thread, end);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says whether the caller was left in peace meanwhile. */
  private static boolean join(Thread thread, long end) {
    try {
      thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      if (thread.isAlive()) {
        thread.interrupt();
        thread.join(1_000);
      }
      return true;
    } catch (InterruptedException hurried) {
      thread.interrupt();
      return false;
    }
  }
}
