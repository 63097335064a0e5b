package dev.tenon.cache;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * When the machine let this process wait: how late a thread is that naps and works by turns.
 *
 * <p>A bound in seconds is what a cache promises on a machine that runs it; a test that shares two
 * processors with all others takes off what it was kept waiting. On a machine that is idle that is
 * nothing; and it is at most a half, so that no bound is more than doubled.
 */
public final class Stalls implements AutoCloseable {

  private static final long NAP = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long WORK = TimeUnit.MICROSECONDS.toNanos(300);

  /** What an idle machine is late by as well. */
  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(1);

  private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final List<Stall> stalls = new ArrayList<>();
  private final Thread probe = new Thread(this::napAndWork, "stalls");
  private volatile boolean isOpen = true;

  /** Of the time from one to the other so much was neither napped nor worked. */
  private record Stall(long from, long to, long late) {
    double nanosWithin(long begin, long end) {
      long common = Math.min(to, end) - Math.max(from, begin);
      return common <= 0 ? 0 : (double) late * common / (to - from);
    }
  }

  private Stalls() {
    probe.setDaemon(true);
    probe.start();
  }

  public static Stalls watch() {
    return new Stalls();
  }

  /** How much of the time between these two this process got; at least the half of it. */
  public long nanosWithout(long begin, long end) {
    synchronized (stalls) {
      double late = stalls.stream().mapToDouble(stall -> stall.nanosWithin(begin, end)).sum();
      return end - begin - Math.min((end - begin) / 2, Math.round(late));
    }
  }

  private void napAndWork() {
    while (isOpen) {
      long worked = THREAD.getCurrentThreadCpuTime();
      long from = System.nanoTime();
      LockSupport.parkNanos(NAP);
      while (THREAD.getCurrentThreadCpuTime() - worked < WORK) {
        Thread.onSpinWait();
      }
      long to = System.nanoTime();
      long late = to - from - NAP - (THREAD.getCurrentThreadCpuTime() - worked);
      if (late > LEAST) {
        synchronized (stalls) {
          stalls.add(new Stall(from, to, late));
        }
      }
    }
  }

  @Override
  public void close() {
    isOpen = false;
  }
}
