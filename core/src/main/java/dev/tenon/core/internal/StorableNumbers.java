package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.math.BigDecimal;

/** Numbers that {@code numeric} holds; of others the driver sends something else. */
final class StorableNumbers {

  private static final int MOST_BEFORE_POINT = 131_072;
  private static final int MOST_BEHIND_POINT = 16_383;

  private StorableNumbers() {}

  /**
   * The number itself.
   *
   * @throws InvalidDataException if PostgreSQL holds no such number
   */
  static BigDecimal storable(BigDecimal value) {
    if (value.signum() == 0 && value.scale() <= MOST_BEHIND_POINT) {
      return value.scale() < 0 ? BigDecimal.ZERO : value;
    }
    long before = (long) value.precision() - value.scale();
    if (before > MOST_BEFORE_POINT || value.scale() > MOST_BEHIND_POINT) {
      throw new InvalidDataException(
          Problem.what(
                  "a number has "
                      + Math.max(before, 1)
                      + " digits before the point and "
                      + Math.max(value.scale(), 0)
                      + " behind it")
              .where("record mapping")
              .why(
                  "PostgreSQL holds "
                      + MOST_BEFORE_POINT
                      + " digits before the point and "
                      + MOST_BEHIND_POINT
                      + " behind it")
              .fix("correct the number, or round it"));
    }
    return value;
  }
}
