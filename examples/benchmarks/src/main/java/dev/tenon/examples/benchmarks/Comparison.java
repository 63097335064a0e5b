package dev.tenon.examples.benchmarks;

import java.util.Locale;
import java.util.Optional;

/**
 * A benchmark of Tenon beside the one that it is measured against.
 *
 * @param subject what is compared, for the table
 * @param tenon the method that goes through Tenon
 * @param bare the method beside it
 * @param target the promise, if there is one
 */
record Comparison(String subject, String tenon, String bare, Optional<Target> target) {

  /** The least or the most that the ratio of Tenon's figure to the other should be. */
  record Target(double bound, boolean isMost) {

    boolean isMetBy(double ratio) {
      return isMost ? ratio <= bound : ratio >= bound;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s %.2f", isMost ? "≤" : "≥", bound);
    }
  }

  static Comparison of(String subject, String tenon, String bare) {
    return new Comparison(subject, tenon, bare, Optional.empty());
  }

  Comparison atMost(double ratio) {
    return new Comparison(subject, tenon, bare, Optional.of(new Target(ratio, true)));
  }

  Comparison atLeast(double ratio) {
    return new Comparison(subject, tenon, bare, Optional.of(new Target(ratio, false)));
  }
}
