package dev.tenon.cache;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/**
 * Tells whether a value read earlier may still enter the memory of the process.
 *
 * <p>A reader takes a ticket before it reads from Redis or the database. An invalidation moves the
 * stripe of its key <em>and then</em> evicts; the loss or the return of the bus moves the epoch of
 * all keys. A ticket is admitted only while neither moved, checked inside the atomic update of the
 * entry. So a value that an invalidation overtook is either refused here or evicted after it
 * entered. A walk over all entries does not see one that is just entering, so what moves the epoch
 * waits for those. This is sound because Redis deletes a value and publishes its message in one
 * script: a reader whose ticket already includes a message cannot read what the message was about.
 *
 * <p>The epoch is odd while the bus is up.
 */
final class Fence {

  private static final int STRIPES = 1 << 14;

  private final AtomicIntegerArray stripes = new AtomicIntegerArray(STRIPES);
  private final ReadWriteLock entering = new ReentrantReadWriteLock();
  private volatile int epoch;

  boolean isBusUp() {
    return (epoch & 1) == 1;
  }

  void busUp() {
    moveEpoch(present -> present + ((present & 1) == 1 ? 2 : 1));
  }

  void busDown() {
    moveEpoch(present -> present + (present & 1));
  }

  /** Moves the tickets of all keys. */
  void moveAll() {
    moveEpoch(present -> present + 2);
  }

  /**
   * When it returns, nothing enters any more under a ticket of before, and what entered is seen.
   */
  private void moveEpoch(IntUnaryOperator step) {
    entering.writeLock().lock();
    try {
      epoch = step.applyAsInt(epoch);
    } finally {
      entering.writeLock().unlock();
    }
  }

  /** Runs what lets a value enter, and asks {@link #admits} while it does. */
  <T> T enter(Supplier<T> entry) {
    entering.readLock().lock();
    try {
      return entry.get();
    } finally {
      entering.readLock().unlock();
    }
  }

  long ticket(EntityKey<?> key) {
    return ((long) epoch << Integer.SIZE) | (stripes.get(stripe(key)) & 0xffff_ffffL);
  }

  boolean admits(EntityKey<?> key, long ticket) {
    return isBusUp() && ticket == ticket(key);
  }

  void move(EntityKey<?> key) {
    stripes.incrementAndGet(stripe(key));
  }

  private static int stripe(EntityKey<?> key) {
    int hash = key.hashCode() * 0x9e37_79b9;
    return hash >>> (Integer.SIZE - Integer.numberOfTrailingZeros(STRIPES));
  }
}
