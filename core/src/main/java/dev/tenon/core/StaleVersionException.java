package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/**
 * Somebody else changed the row since the caller read it; HTTP maps it to 409. Nothing was written.
 */
public final class StaleVersionException extends TenonException {

  private static final long serialVersionUID = 1L;

  private final transient @Nullable Object id;
  private final long expected;
  private final long actual;

  /**
   * @param id the identifier of the row
   * @param expected the version that the caller held
   * @param actual the version that the row has now
   */
  public StaleVersionException(Problem problem, @Nullable Object id, long expected, long actual) {
    super(problem, null);
    this.id = id;
    this.expected = expected;
    this.actual = actual;
  }

  /** The identifier of the row; null after serialization. */
  public @Nullable Object id() {
    return id;
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
