package dev.tenon.testkit.servers;

import org.jspecify.annotations.Nullable;

/**
 * A test server, or a database on it, could not be provided; the message says why and what to do.
 */
public final class TestServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TestServerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  TestServerException(String message) {
    super(message);
  }
}
