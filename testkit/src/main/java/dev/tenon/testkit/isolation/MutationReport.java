package dev.tenon.testkit.isolation;

import java.util.List;

/**
 * Whether the proof saw each part of the fence that was taken away.
 *
 * @param killed the parts whose absence it saw
 * @param survivors the parts whose absence it did not see
 */
public record MutationReport(List<String> killed, List<String> survivors) {

  /** How many parts were taken away. */
  public int made() {
    return killed.size() + survivors.size();
  }

  @Override
  public String toString() {
    return killed.size() + " of " + made() + " mutants killed";
  }
}
