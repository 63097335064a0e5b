package dev.tenon.examples.quickstart;

import java.util.Locale;

/** Writes numbers short, with k, M and G for thousands, millions and thousands of millions. */
final class Quantity {

  private static final String UNITS = " kMGT";

  private Quantity() {}

  static String of(double number) {
    double scaled = number;
    int unit = 0;
    while (Math.abs(scaled) >= 1000 && unit < UNITS.length() - 1) {
      scaled /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f%c", scaled, UNITS.charAt(unit)).strip();
  }
}
