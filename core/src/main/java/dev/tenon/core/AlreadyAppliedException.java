package dev.tenon.core;

/**
 * The operation with this key was committed before, so its work was not run to the end again.
 * Answer as if it had just succeeded.
 */
public final class AlreadyAppliedException extends TenonException {

  private static final long serialVersionUID = 1L;

  public AlreadyAppliedException(Problem problem) {
    super(problem, null);
  }
}
