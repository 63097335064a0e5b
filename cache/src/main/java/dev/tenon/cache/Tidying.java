package dev.tenon.cache;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

/**
 * Tidies memory up behind reads and writes; of one map, which asks for it under a lock of its own.
 *
 * <p>What is due is small: the thread that made it due does it, for less than it costs to wake
 * another one. Where it comes densely for a while only hits can make it, and another one does it,
 * so that hits do not pay for it.
 */
final class Tidying implements Executor {

  /** It is due once in 16 hits, or when the other thread is done. */
  private static final long DENSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  /** More than one who reads or writes many at once makes due. */
  private static final int A_WHILE = 1_000;

  private long last = System.nanoTime();
  private int dense;

  @Override
  public void execute(Runnable task) {
    long now = System.nanoTime();
    dense = now - last < DENSE_NANOS ? Math.min(A_WHILE, dense + 1) : 0;
    last = now;
    if (dense == A_WHILE) {
      ForkJoinPool.commonPool().execute(task);
    } else {
      task.run();
    }
  }
}
