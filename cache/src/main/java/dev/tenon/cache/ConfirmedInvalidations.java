package dev.tenon.cache;

import java.util.Collection;
import java.util.function.Consumer;

/**
 * Invalidations that are done when the call returns, for a sender who keeps them until then: the
 * relay of an outbox, or the capture of changes.
 *
 * <p>All of one call travel together and take about as long as one.
 */
final class ConfirmedInvalidations {

  private final Announcer announcer;
  private final Consumer<String> forget;

  /** Forgets in the memory of this process what a subject names. */
  ConfirmedInvalidations(Announcer announcer, Consumer<String> forget) {
    this.announcer = announcer;
    this.forget = forget;
  }

  /**
   * Makes every process forget.
   *
   * @throws dev.tenon.core.RetryableException if Redis did not confirm all of them; any of them may
   *     be done
   */
  void send(String where, Collection<? extends Invalidation> all) {
    if (all.isEmpty()) {
      return;
    }
    all.forEach(each -> forget.accept(each.subject()));
    announcer.requireEach(where, all);
    all.forEach(each -> forget.accept(each.subject()));
  }
}
