package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/**
 * A commit was sent and its reply never came: the work may be applied or not. Look before repeating
 * it; it is never retried silently. {@link Session#isApplied} looks, where the transaction had a
 * key by {@link Transaction.Options#withOperation}.
 */
public final class OutcomeUnknownException extends TenonException {

  private static final long serialVersionUID = 1L;

  public OutcomeUnknownException(Problem problem) {
    this(problem, null);
  }

  public OutcomeUnknownException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
