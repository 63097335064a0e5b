package dev.tenon.cache.ephemeral;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A lock that this process got, by the process's own count of its lease: from before the question
 * was sent, less a hundredth for clocks that do not run alike.
 */
final class HeldLock implements DistributedLock.Hold {

  private enum State {
    HELD,
    LOST,
    CLOSED
  }

  private static final int DRIFT = 100;
  private static final int RENEWALS_OF_A_LEASE = 3;

  private final LockRenewals renewals;
  private final String key;
  private final byte[] holder;
  private final Duration lease;
  private final long token;
  private final AtomicReference<State> state = new AtomicReference<>(State.HELD);
  private final Queue<Runnable> onLoss = new ConcurrentLinkedQueue<>();
  private volatile long leasedAt;

  HeldLock(
      LockRenewals renewals, String key, byte[] holder, Duration lease, long token, long sentAt) {
    this.renewals = renewals;
    this.key = key;
    this.holder = holder;
    this.lease = lease;
    this.token = token;
    this.leasedAt = sentAt;
  }

  @Override
  public long token() {
    return token;
  }

  @Override
  public boolean isHeld() {
    return state.get() == State.HELD && !isOver();
  }

  @Override
  public DistributedLock.Hold onLoss(Runnable action) {
    onLoss.add(action);
    if (state.get() == State.LOST) {
      tell();
    }
    return this;
  }

  @Override
  public void close() {
    if (state.compareAndSet(State.HELD, State.CLOSED)) {
      renewals.release(this);
    }
  }

  /** Closes what may not be held at all, later. */
  void abandon() {
    state.set(State.CLOSED);
    renewals.releaseLater(this);
  }

  String key() {
    return key;
  }

  byte[] holder() {
    return holder;
  }

  Duration lease() {
    return lease;
  }

  boolean isClosed() {
    return state.get() == State.CLOSED;
  }

  boolean isLost() {
    return state.get() == State.LOST;
  }

  boolean isDue() {
    return isClosed() || age() > lease.toNanos() / RENEWALS_OF_A_LEASE;
  }

  /** Whether nobody renewed the lease in time. */
  boolean isOver() {
    return age() >= lease.toNanos() - lease.toNanos() / DRIFT;
  }

  void renewed(long sentAt) {
    leasedAt = sentAt;
  }

  void lose() {
    if (state.compareAndSet(State.HELD, State.LOST)) {
      tell();
    }
  }

  private void tell() {
    for (Runnable action = onLoss.poll(); action != null; action = onLoss.poll()) {
      Thread thread = new Thread(action, "tenon-lock-loss");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private long age() {
    return System.nanoTime() - leasedAt;
  }
}
