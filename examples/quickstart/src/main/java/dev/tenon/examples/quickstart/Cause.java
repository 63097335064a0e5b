package dev.tenon.examples.quickstart;

/**
 * One service disturbs another.
 *
 * @param from the cause
 * @param to the effect
 * @param confidence how often one followed the other, above 0 and at most 1
 */
record Cause(String from, String to, double confidence) {}
