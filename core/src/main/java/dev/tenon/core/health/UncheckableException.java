package dev.tenon.core.health;

/** A check that cannot be made here, and what it needs. */
final class UncheckableException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String what;
  private final String fix;

  UncheckableException(String what, String fix) {
    super(what);
    this.what = what;
    this.fix = fix;
  }

  String what() {
    return what;
  }

  String fix() {
    return fix;
  }
}
