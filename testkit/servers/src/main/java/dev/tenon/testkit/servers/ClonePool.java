package dev.tenon.testkit.servers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Copies of one template made ahead, in the background; more of them after each miss. */
final class ClonePool {
  private static final int LEAST = 2;
  private static final int MOST = 8;

  private final Executor background;
  private final Supplier<String> copy;
  private final LinkedBlockingQueue<String> ready = new LinkedBlockingQueue<>();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger wanted = new AtomicInteger(LEAST);

  ClonePool(Executor background, Supplier<String> copy) {
    this.background = background;
    this.copy = copy;
  }

  String take() {
    String name = ready.poll();
    if (name == null) {
      wanted.updateAndGet(count -> Math.min(MOST, count * 2));
      name = copy.get();
    }
    refill();
    return name;
  }

  List<String> drain() {
    List<String> names = new ArrayList<>();
    ready.drainTo(names);
    return names;
  }

  int size() {
    return ready.size();
  }

  private void refill() {
    while (ready.size() + pending.get() < wanted.get()) {
      pending.incrementAndGet();
      try {
        background.execute(this::makeOne);
      } catch (RejectedExecutionException e) {
        pending.decrementAndGet();
        return;
      }
    }
  }

  /** A failure here is not reported: the next taker makes its own copy and meets it. */
  private void makeOne() {
    try {
      ready.add(copy.get());
    } catch (TestServerException e) {
      wanted.set(LEAST);
    } finally {
      pending.decrementAndGet();
    }
  }
}
