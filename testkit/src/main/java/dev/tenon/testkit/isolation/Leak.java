package dev.tenon.testkit.isolation;

/**
 * One thing that the fence did not hold.
 *
 * @param object the table, view or function that was attacked
 * @param attack what was tried
 * @param condition how the connection had come to be
 * @param what was seen
 */
public record Leak(String object, String attack, String condition, String what) {

  @Override
  public String toString() {
    return object + ": " + attack + " (" + condition + "): " + what;
  }
}
