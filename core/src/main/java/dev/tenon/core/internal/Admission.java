package dev.tenon.core.internal;

/** Lets a unit of work in before it borrows a connection, and out after it gave it back. */
@FunctionalInterface
public interface Admission {

  /** Lets everybody in at once. */
  Admission FREE = () -> () -> {};

  /**
   * Waits for a place, as long as this admission waits.
   *
   * @throws dev.tenon.core.RetryableException if none became free
   */
  Exit enter();

  /** A place that is held; leaving twice does nothing more. */
  @FunctionalInterface
  interface Exit {
    void leave();
  }
}
