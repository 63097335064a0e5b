package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/**
 * The data must change: a value is malformed, out of range or violates a constraint. Nothing was
 * written.
 */
public final class InvalidDataException extends TenonException {

  private static final long serialVersionUID = 1L;

  public InvalidDataException(Problem problem) {
    this(problem, null);
  }

  public InvalidDataException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
