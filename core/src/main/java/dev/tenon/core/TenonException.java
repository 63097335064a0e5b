package dev.tenon.core;

import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The root of everything that Tenon throws.
 *
 * <p>Its leaves are split by what the caller can do: run again ({@link RetryableException}), look
 * first ({@link OutcomeUnknownException}, {@link UnreadableResultException}), go on ({@link
 * AlreadyAppliedException}), change the data ({@link InvalidDataException}, {@link
 * StaleVersionException}, {@link NotFoundException}), change the code ({@link UsageException},
 * {@link AccessDeniedException}) or change the server ({@link ServerException}). Values bound to
 * statements never appear in a message; an identifier, a version, or a time that no column holds
 * may.
 */
public abstract class TenonException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  protected TenonException(Problem problem, @Nullable Throwable cause) {
    super(problem.message(), cause);
    this.problem = problem;
  }

  /** What, where, why and how to fix, as parts. */
  public Problem problem() {
    return problem;
  }

  /** The SQLSTATE that the server gave, where a server was asked. */
  public Optional<String> sqlState() {
    return getCause() instanceof SQLException cause
        ? Optional.ofNullable(cause.getSQLState())
        : Optional.empty();
  }
}
