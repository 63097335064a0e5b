package dev.tenon.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The data must change: a value is malformed, out of range or violates a constraint. The statement
 * that was refused wrote nothing, and a transaction that it leaves is rolled back. In a {@link
 * Session#jdbc} block outside a transaction each statement is a unit of its own: those before it
 * are committed.
 */
public final class InvalidDataException extends TenonException {

  private static final long serialVersionUID = 1L;

  public InvalidDataException(Problem problem) {
    this(problem, null);
  }

  public InvalidDataException(Problem problem, @Nullable Throwable cause) {
    super(problem, cause);
  }

  /** The constraint or unique index that the server named. */
  public Optional<String> constraint() {
    return server().map(ServerErrorMessage::getConstraint);
  }

  /** The column that the server named, as it does for one that must not be null. */
  public Optional<String> column() {
    return server().map(ServerErrorMessage::getColumn);
  }

  private Optional<ServerErrorMessage> server() {
    return getCause() instanceof PSQLException cause
        ? Optional.ofNullable(cause.getServerErrorMessage())
        : Optional.empty();
  }
}
