package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/**
 * The server must change: a missing extension, an unsafe role, an unsupported version, a resource
 * that ran out.
 */
public final class ServerException extends TenonException {

  private static final long serialVersionUID = 1L;

  public ServerException(Problem problem) {
    this(problem, null);
  }

  public ServerException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }
}
