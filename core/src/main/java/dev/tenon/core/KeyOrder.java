package dev.tenon.core;

import java.util.Arrays;
import java.util.Comparator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The order in which rows are locked, the same for every caller, so that none waits for one that
 * waits for it; that of PostgreSQL for identifiers that both order alike.
 */
enum KeyOrder implements Comparator<@Nullable Object> {
  ASCENDING;

  @Override
  @SuppressWarnings("unchecked")
  public int compare(@Nullable Object one, @Nullable Object other) {
    if (one == null || other == null) {
      return Boolean.compare(one == null, other == null);
    }
    if (one instanceof UUID left && other instanceof UUID right) {
      int high =
          Long.compareUnsigned(left.getMostSignificantBits(), right.getMostSignificantBits());
      return high != 0
          ? high
          : Long.compareUnsigned(left.getLeastSignificantBits(), right.getLeastSignificantBits());
    }
    if (one instanceof byte[] left && other instanceof byte[] right) {
      return Arrays.compareUnsigned(left, right);
    }
    return one instanceof Comparable<?> left
        ? ((Comparable<Object>) left).compareTo(other)
        : one.toString().compareTo(other.toString());
  }
}
