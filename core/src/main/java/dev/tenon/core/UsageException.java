package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/**
 * The calling code must change: a wrong combination of options, a session without a tenant, SQL
 * that the server cannot parse.
 */
public final class UsageException extends TenonException {

  private static final long serialVersionUID = 1L;

  public UsageException(Problem problem) {
    this(problem, null);
  }

  public UsageException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
