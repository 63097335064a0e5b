package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/** The row that the caller named does not exist for this session. */
public final class NotFoundException extends TenonException {

  private static final long serialVersionUID = 1L;

  public NotFoundException(Problem problem) {
    this(problem, null);
  }

  public NotFoundException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
