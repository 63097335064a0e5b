package dev.tenon.examples.benchmarks;

import java.util.Locale;
import java.util.stream.Stream;

/** The part of all passages that a search is about. */
enum Share {
  ALL(1),
  HALF(2),
  TENTH(10),
  HUNDREDTH(100),
  THOUSANDTH(1_000);

  private final int oneOf;

  Share(int oneOf) {
    this.oneOf = oneOf;
  }

  static Stream<Share> filters() {
    return Stream.of(values()).filter(share -> share != ALL);
  }

  int oneOf() {
    return oneOf;
  }

  /** The field that is 0 in the passages of the part. */
  String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a passage has in that field. */
  int value(int ordinal) {
    return ordinal % oneOf;
  }

  boolean has(int ordinal) {
    return value(ordinal) == 0;
  }
}
