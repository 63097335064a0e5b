package dev.tenon.testkit.isolation;

/**
 * One part of the fence, taken away.
 *
 * @param apply SQL that takes it away
 * @param revert SQL that puts it back
 */
record Mutant(String name, String apply, String revert) {

  /** With something more taken away. */
  Mutant and(String furtherApply, String furtherRevert) {
    return new Mutant(name, apply + "; " + furtherApply, revert + "; " + furtherRevert);
  }
}
