package dev.tenon.core;

/**
 * Somebody else changed the row since the caller read it; HTTP maps it to 409. Nothing was written.
 */
public final class StaleVersionException extends TenonException {

  private static final long serialVersionUID = 1L;

  private final long expected;
  private final long actual;

  /**
   * @param expected the version that the caller held
   * @param actual the version that the row has now
   */
  public StaleVersionException(Problem problem, long expected, long actual) {
    super(problem, null);
    this.expected = expected;
    this.actual = actual;
  }

  /** The version that the caller held. */
  public long expected() {
    return expected;
  }

  /** The version that the row has now. */
  public long actual() {
    return actual;
  }
}
