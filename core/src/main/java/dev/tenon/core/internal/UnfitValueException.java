package dev.tenon.core.internal;

/** A value that its column cannot hold; the encoder of the row adds where it stood. */
public final class UnfitValueException extends Exception {

  private static final long serialVersionUID = 1L;

  public UnfitValueException(String reason) {
    super(reason, null, false, false);
  }

  static UnfitValueException tooLong() {
    return new UnfitValueException(
        "it is longer than " + CopyBuffer.LONGEST_VALUE / (1 << 20) + " MiB");
  }

  /** Why it does not fit, to go on after "the value of …:". */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
