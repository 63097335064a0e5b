package dev.tenon.cache;

import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The threads of a test that calls a cache from many, of which it knows who waits. */
final class Callers implements AutoCloseable {

  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final ExecutorService executor;

  Callers(int most) {
    this.executor =
        Executors.newFixedThreadPool(
            most,
            task -> {
              Thread thread = new Thread(task);
              threads.add(thread);
              return thread;
            });
  }

  <T> Future<T> submit(Callable<T> call) {
    return executor.submit(call);
  }

  /** Until so many wait for a load of another. */
  void awaitWaiting(int count) {
    Await.until(
        count + " callers wait",
        () -> threads.stream().filter(Callers::isWaiting).count() >= count);
  }

  private static boolean isWaiting(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(
            frame ->
                frame.getClassName().equals(Flights.Flight.class.getName())
                    && frame.getMethodName().equals("await"));
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
