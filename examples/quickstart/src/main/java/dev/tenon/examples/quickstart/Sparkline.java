package dev.tenon.examples.quickstart;

import java.util.List;

/** Draws numbers as a line of little bars. */
final class Sparkline {

  private static final String BARS = "▁▂▃▄▅▆▇█";

  private Sparkline() {}

  /** One bar per number, the smallest lowest and the largest highest. */
  static String of(List<Double> numbers) {
    double smallest = numbers.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double largest = numbers.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double range = largest == smallest ? 1 : largest - smallest;
    StringBuilder line = new StringBuilder(numbers.size());
    for (double number : numbers) {
      line.append(BARS.charAt((int) Math.round((number - smallest) / range * 7)));
    }
    return line.toString();
  }
}
