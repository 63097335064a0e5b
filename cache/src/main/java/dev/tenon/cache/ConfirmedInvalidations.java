package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * Invalidations that are done when the call returns, for a sender who keeps them until then: the
 * relay of an outbox, or the capture of changes.
 *
 * <p>All of one call travel together and take about as long as one.
 */
final class ConfirmedInvalidations {

  private final PendingInvalidations pending;
  private final Consumer<String> forget;

  /** Forgets in the memory of this process what a subject names. */
  ConfirmedInvalidations(PendingInvalidations pending, Consumer<String> forget) {
    this.pending = pending;
    this.forget = forget;
  }

  /**
   * Makes every process forget.
   *
   * @throws RetryableException if Redis did not confirm all of them; any of them may be done
   */
  void send(String where, Collection<? extends Invalidation> all) {
    if (all.isEmpty()) {
      return;
    }
    all.forEach(each -> forget.accept(each.subject()));
    if (!pending.sendAll(List.copyOf(all))) {
      throw new RetryableException(
          Problem.what("not all invalidations are confirmed")
              .where(where)
              .why("Redis did not answer in time, or refused one")
              .fix("send them again"));
    }
    all.forEach(each -> forget.accept(each.subject()));
  }
}
