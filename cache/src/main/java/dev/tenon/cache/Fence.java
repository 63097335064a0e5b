package dev.tenon.cache;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Tells whether a value read earlier may still enter the memory of the process.
 *
 * <p>A reader takes a ticket before it reads from Redis or the database. An invalidation moves the
 * stripe of its key <em>and then</em> evicts; the loss or the return of the bus moves the epoch of
 * all keys. A ticket is admitted only while neither moved, checked inside the atomic update of the
 * entry. So a value that an invalidation overtook is either refused here or evicted after it
 * entered. This is sound because Redis deletes a value and publishes its message in one script: a
 * reader whose ticket already includes a message cannot read what the message was about.
 *
 * <p>The epoch is odd while the bus is up.
 */
final class Fence {

  private static final int STRIPES = 1 << 14;

  private final AtomicIntegerArray stripes = new AtomicIntegerArray(STRIPES);
  private volatile int epoch;

  boolean isBusUp() {
    return (epoch & 1) == 1;
  }

  synchronized void busUp() {
    epoch += isBusUp() ? 2 : 1;
  }

  synchronized void busDown() {
    epoch += isBusUp() ? 1 : 0;
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

  void moveAll() {
    for (int i = 0; i < STRIPES; i++) {
      stripes.incrementAndGet(i);
    }
  }

  private static int stripe(EntityKey<?> key) {
    int hash = key.hashCode() * 0x9e37_79b9;
    return hash >>> (Integer.SIZE - Integer.numberOfTrailingZeros(STRIPES));
  }
}
