package dev.tenon.examples.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Numbered events, and what becomes of them: when each was published and handled first, which came
 * twice, and which after a later one of its aggregate.
 *
 * <p>Each aggregate belongs to one of the publishing threads, so that its events are published in
 * order without a lock.
 */
final class Traffic {

  static final int PUBLISHERS = 4;
  private static final int AGGREGATES = 250 * PUBLISHERS;
  private static final int BODY = 200;
  private static final long PATIENCE_SECONDS = 600;

  /** An event to publish, with a body of 200 bytes. */
  record Message(int number, String aggregate, long version, String body) {}

  private final int size;
  private final AtomicLongArray publishedAt;
  private final AtomicLongArray handledAt;
  private final AtomicIntegerArray highest = new AtomicIntegerArray(AGGREGATES);
  private final AtomicInteger handled = new AtomicInteger();
  private final AtomicInteger repeated = new AtomicInteger();
  private final AtomicInteger inverted = new AtomicInteger();

  /**
   * None published yet.
   *
   * @param size how many there are at most
   */
  Traffic(int size) {
    this.size = size;
    this.publishedAt = new AtomicLongArray(size);
    this.handledAt = new AtomicLongArray(size);
  }

  static String aggregate(int number) {
    return "a" + number % AGGREGATES;
  }

  static int number(String aggregate, long version) {
    return Math.toIntExact((version - 1) * AGGREGATES + Integer.parseInt(aggregate.substring(1)));
  }

  private static Message message(int number) {
    String start = String.format(Locale.ROOT, "{\"number\": %d, \"note\": \"", number);
    String body = start + "x".repeat(BODY - start.length() - 2) + "\"}";
    return new Message(number, aggregate(number), number / AGGREGATES + 1, body);
  }

  /** Publishes all of them; says how many there were a second. */
  double publish(EventSystem system) throws Exception {
    return publish(system, () -> false);
  }

  /** Publishes until it is enough, or there are no more; says how many there were a second. */
  double publish(EventSystem system, BooleanSupplier isEnough) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS);
    long start = System.nanoTime();
    try {
      List<Future<Integer>> publishers = new ArrayList<>();
      for (int first = 0; first < PUBLISHERS; first++) {
        int mine = first;
        publishers.add(threads.submit(() -> publish(system, mine, isEnough)));
      }
      int published = 0;
      for (Future<Integer> publisher : publishers) {
        published += publisher.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      return perSecond(published, System.nanoTime() - start);
    } catch (ExecutionException failure) {
      throw failure.getCause() instanceof Exception cause ? cause : failure;
    } finally {
      threads.shutdownNow();
    }
  }

  private int publish(EventSystem system, int first, BooleanSupplier isEnough) throws Exception {
    int published = 0;
    for (int number = first; number < size && !isEnough.getAsBoolean(); number += PUBLISHERS) {
      Message message = message(number);
      publishedAt.set(number, System.nanoTime());
      system.publish(message);
      published++;
    }
    return published;
  }

  /** A handler has done its work on an event. */
  void handled(String aggregate, long version) {
    int number = number(aggregate, version);
    if (!handledAt.compareAndSet(number, 0, System.nanoTime())) {
      repeated.incrementAndGet();
      return;
    }
    int before = highest.getAndAccumulate(number % AGGREGATES, Math.toIntExact(version), Math::max);
    if (before > version) {
      inverted.incrementAndGet();
    }
    handled.incrementAndGet();
  }

  int handled() {
    return handled.get();
  }

  int published() {
    return (int) IntStream.range(0, size).filter(number -> publishedAt.get(number) != 0).count();
  }

  /** Waits until this many were handled. */
  void await(int wanted) throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (handled.get() < wanted) {
      if (System.nanoTime() > end) {
        throw new TimeoutException(handled.get() + " of " + wanted + " events were handled");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** From the first that was published, or from the first that was handled, to the last. */
  double handledPerSecond(boolean sincePublished, IntPredicate which) {
    AtomicLongArray start = sincePublished ? publishedAt : handledAt;
    long first = numbers(which).mapToLong(start::get).min().orElseThrow();
    long last = numbers(which).mapToLong(handledAt::get).max().orElseThrow();
    return perSecond((int) numbers(which).count(), last - first);
  }

  /** How many were handled a second, in this part of the time in which any was published. */
  double handledPerSecond(double from, double to) {
    long first = numbers(any -> true).mapToLong(publishedAt::get).min().orElseThrow();
    long last = numbers(any -> true).mapToLong(publishedAt::get).max().orElseThrow();
    long begin = first + (long) ((last - first) * from);
    long end = first + (long) ((last - first) * to);
    long count =
        numbers(any -> true)
            .mapToLong(handledAt::get)
            .filter(time -> time >= begin && time < end)
            .count();
    return perSecond((int) count, end - begin);
  }

  /** From the call that published to the end of the handler. */
  double meanMillis(IntPredicate which) {
    return numbers(which)
            .mapToLong(number -> handledAt.get(number) - publishedAt.get(number))
            .average()
            .orElseThrow()
        / 1e6;
  }

  int repeated() {
    return repeated.get();
  }

  int inverted() {
    return inverted.get();
  }

  private IntStream numbers(IntPredicate which) {
    return IntStream.range(0, size).filter(number -> handledAt.get(number) != 0).filter(which);
  }

  private static double perSecond(int count, long nanos) {
    return count / (nanos / 1e9);
  }
}
