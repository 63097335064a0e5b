package dev.tenon.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * When the machine let this process wait: the times that a thread which only sleeps slept too long.
 *
 * <p>A bound in seconds is what a cache promises on a machine that runs it; a test that shares two
 * processors with all others takes off what it was kept waiting, and no more.
 */
public final class Stalls implements AutoCloseable {

  private static final long NAP = TimeUnit.MILLISECONDS.toNanos(1);

  /** What an idle machine is late by as well. */
  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(4);

  private final List<Stall> stalls = new CopyOnWriteArrayList<>();
  private final Thread sleeper = new Thread(this::sleep, "stalls");
  private volatile boolean isOpen = true;

  private record Stall(long from, long to) {
    long nanosWithin(long begin, long end) {
      return Math.max(0, Math.min(to, end) - Math.max(from, begin));
    }
  }

  private Stalls() {
    sleeper.setDaemon(true);
    sleeper.start();
  }

  public static Stalls watch() {
    return new Stalls();
  }

  /** How much of the time between these two this process did not get. */
  long nanosWithin(long begin, long end) {
    return stalls.stream().mapToLong(stall -> stall.nanosWithin(begin, end)).sum();
  }

  /** How much of it this process got. */
  public long nanosWithout(long begin, long end) {
    return end - begin - nanosWithin(begin, end);
  }

  private void sleep() {
    while (isOpen) {
      long due = System.nanoTime() + NAP;
      LockSupport.parkNanos(NAP);
      long awake = System.nanoTime();
      if (awake - due > LEAST) {
        stalls.add(new Stall(due, awake));
      }
    }
  }

  @Override
  public void close() {
    isOpen = false;
  }
}
