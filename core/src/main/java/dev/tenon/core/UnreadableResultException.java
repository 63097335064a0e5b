package dev.tenon.core;

/**
 * A row was written, but what is stored does not fit the record, so it cannot be returned.
 *
 * <p>Outside a transaction the row is committed: do not write it again. In a transaction it is
 * undone when this leaves the callback.
 */
public final class UnreadableResultException extends TenonException {

  private static final long serialVersionUID = 1L;

  public UnreadableResultException(Problem problem, Throwable cause) {
    super(problem, cause);
  }
}
