package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/**
 * Running the same work again can succeed: a serialization failure, a deadlock, a lock or pool
 * timeout, or a connection lost before commit. Nothing was committed.
 */
public final class RetryableException extends TenonException {

  private static final long serialVersionUID = 1L;

  public RetryableException(Problem problem) {
    this(problem, null);
  }

  public RetryableException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
