package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/** The database refused the access: another tenant's row, no tenant bound, or a missing grant. */
public final class AccessDeniedException extends TenonException {

  private static final long serialVersionUID = 1L;

  public AccessDeniedException(Problem problem) {
    this(problem, null);
  }

  public AccessDeniedException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
