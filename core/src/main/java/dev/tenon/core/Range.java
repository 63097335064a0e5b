package dev.tenon.core;

import dev.tenon.core.internal.RangeCodec;
import dev.tenon.core.internal.Required;
import org.jooq.DataType;
import org.jspecify.annotations.Nullable;

/**
 * All values between two bounds, as PostgreSQL's <a
 * href="https://www.postgresql.org/docs/17/rangetypes.html">range types</a> store them. Immutable.
 *
 * <p>A range without values is {@link #empty}, however it was made. Ranges of integers and of days
 * come back from the server half-open: {@code closed(1, 3)} as {@code of(1, 4)}.
 *
 * @param <T> Integer, Long, BigDecimal, LocalDate, LocalDateTime, Instant or OffsetDateTime
 * @param lower where it begins; null where it has no lower bound
 * @param lowerIncluded whether the lower bound belongs to it
 * @param upper where it ends; null where it has no upper bound
 * @param upperIncluded whether the upper bound belongs to it
 * @param isEmpty whether it has no values
 */
public record Range<T extends Comparable<? super T>>(
    @Nullable T lower,
    boolean lowerIncluded,
    @Nullable T upper,
    boolean upperIncluded,
    boolean isEmpty) {

  /**
   * Drops what an empty range or an unbounded side cannot have.
   *
   * @throws InvalidDataException if the lower bound is above the upper one
   */
  public Range {
    int order = lower == null || upper == null ? -1 : lower.compareTo(upper);
    if (order > 0) {
      throw new InvalidDataException(
          Problem.what("the range begins at " + lower + " and ends before that, at " + upper)
              .where("Range")
              .why("a range goes from its lower to its upper bound")
              .fix("exchange the bounds, or use Range.empty()"));
    }
    if (isEmpty || (order == 0 && !(lowerIncluded && upperIncluded))) {
      isEmpty = true;
      lower = null;
      upper = null;
    }
    lowerIncluded = lowerIncluded && lower != null;
    upperIncluded = upperIncluded && upper != null;
  }

  /**
   * The type of a column of ranges, for fields, conditions and results of jOOQ: {@code
   * DSL.field(DSL.name("stay"), Range.dataType(LocalDate.class))}.
   *
   * @param bound the type of the bounds
   * @throws UsageException if PostgreSQL has no ranges of it
   */
  public static <T extends Comparable<? super T>> DataType<Range<T>> dataType(Class<T> bound) {
    Required.require(bound, "bound", "Range.dataType");
    return RangeCodec.dataType(bound);
  }

  /** From the lower bound on, up to and without the upper one. */
  public static <T extends Comparable<? super T>> Range<T> of(T lower, T upper) {
    return new Range<>(lower, true, upper, false, false);
  }

  /** From the lower to the upper bound, both included. */
  public static <T extends Comparable<? super T>> Range<T> closed(T lower, T upper) {
    return new Range<>(lower, true, upper, true, false);
  }

  /** From this bound on, without an end. */
  public static <T extends Comparable<? super T>> Range<T> from(T lower) {
    return new Range<>(lower, true, null, false, false);
  }

  /** Everything before this bound, and not the bound itself. */
  public static <T extends Comparable<? super T>> Range<T> until(T upper) {
    return new Range<>(null, false, upper, false, false);
  }

  /** Every value. */
  public static <T extends Comparable<? super T>> Range<T> all() {
    return new Range<>(null, false, null, false, false);
  }

  /** No value. */
  public static <T extends Comparable<? super T>> Range<T> empty() {
    return new Range<>(null, false, null, false, true);
  }

  /** Whether the value is in the range. */
  public boolean contains(T value) {
    if (isEmpty) {
      return false;
    }
    int fromLower = lower == null ? 1 : value.compareTo(lower);
    int toUpper = upper == null ? 1 : upper.compareTo(value);
    return (fromLower > 0 || (fromLower == 0 && lowerIncluded))
        && (toUpper > 0 || (toUpper == 0 && upperIncluded));
  }
}
