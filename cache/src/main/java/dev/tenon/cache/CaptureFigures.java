package dev.tenon.cache;

import dev.tenon.cache.CaptureSetup.Slot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** What one {@link ChangeCapture} did, over all its connections. */
final class CaptureFigures {

  private final AtomicLong position = new AtomicLong();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong entities = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile String failure = "";
  private volatile Duration delay = Duration.ZERO;

  /** Where this process goes on; 0 for where the slot is. */
  long position() {
    return position.get();
  }

  /** Of a position of another slot, or one that others moved on, nothing is known. */
  void forgetPosition() {
    position.set(0);
  }

  long transactions() {
    return transactions.get();
  }

  /** Whether it is another failure than the last one. */
  boolean failed(String why) {
    failures.incrementAndGet();
    boolean isNew = !why.equals(failure);
    failure = why;
    return isNew;
  }

  void confirmed(long end, List<Instant> commits, int forgotten, int whole) {
    if (end > 0) {
      position.set(end);
    }
    values.addAndGet(forgotten);
    entities.addAndGet(whole);
    transactions.addAndGet(commits.size());
    if (!commits.isEmpty()) {
      delay = Duration.between(commits.get(0), Instant.now());
    }
  }

  ChangeCapture.Status read(ChangeCapture.State state, Optional<Slot> slot) {
    return new ChangeCapture.Status(
        state,
        transactions.get(),
        values.get(),
        entities.get(),
        failures.get(),
        state == ChangeCapture.State.FAILING ? Optional.of(failure) : Optional.empty(),
        delay,
        slot.map(Slot::retainedBytes).orElse(0L),
        slot.flatMap(Slot::safeBytes));
  }
}
