package dev.tenon.testkit.isolation;

/**
 * One part of the fence, taken away.
 *
 * @param apply SQL that takes it away
 * @param revert SQL that puts it back
 */
record Mutant(String name, String apply, String revert) {}
