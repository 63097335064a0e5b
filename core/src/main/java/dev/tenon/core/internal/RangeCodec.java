package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.Range;
import dev.tenon.core.UsageException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import org.jooq.DataType;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** A {@link Range} as a range type of the database. */
public final class RangeCodec extends CastCodec {

  private static final Map<Class<?>, String> TYPES =
      Map.of(
          Integer.class, "int4range",
          Long.class, "int8range",
          BigDecimal.class, "numrange",
          LocalDate.class, "daterange",
          LocalDateTime.class, "tsrange",
          Instant.class, "tstzrange",
          OffsetDateTime.class, "tstzrange");

  private static final String EMPTY = "empty";

  private final Class<?> type;
  private final ColumnCodec bound;

  private RangeCodec(String sqlType, Class<?> type) {
    super(sqlType);
    this.type = type;
    this.bound = ColumnCodec.forType(type);
  }

  /** The codec of ranges of this type; null if the database has no such ranges. */
  static @Nullable ColumnCodec of(Class<?> type) {
    String sqlType = TYPES.get(type);
    return sqlType == null ? null : new RangeCodec(sqlType, type);
  }

  /**
   * The codec of ranges of this type.
   *
   * @throws UsageException if the database has no such ranges
   */
  static ColumnCodec require(Class<?> type) {
    ColumnCodec codec = of(type);
    if (codec == null) {
      throw new UsageException(
          Problem.what("there are no ranges of " + type.getSimpleName())
              .where("Range")
              .why("PostgreSQL has none")
              .fix(
                  "use Integer, Long, BigDecimal, LocalDate, LocalDateTime, Instant or"
                      + " OffsetDateTime"));
    }
    return codec;
  }

  /** Ranges of this type, as jOOQ knows a column of them. */
  public static <T extends Comparable<? super T>> DataType<Range<T>> dataType(Class<T> type) {
    require(type);
    return SQLDataType.OTHER.asConvertedDataType(new RangeBinding<>(type));
  }

  @Override
  public String text(Object value) {
    Range<?> range = (Range<?>) value;
    if (range.isEmpty()) {
      return EMPTY;
    }
    return (range.lowerIncluded() ? "[" : "(")
        + bound(range.lower())
        + ","
        + bound(range.upper())
        + (range.upperIncluded() ? "]" : ")");
  }

  private String bound(@Nullable Object value) {
    return value == null ? "" : '"' + bound.text(value) + '"';
  }

  /** A range tells its type by its bounds alone. */
  @Override
  public Optional<Object> adopted(Object value) {
    return value instanceof Range<?> range && isOfType(range.lower()) && isOfType(range.upper())
        ? Optional.of(range)
        : Optional.empty();
  }

  private boolean isOfType(@Nullable Object value) {
    return value == null || type.isInstance(value);
  }

  @Override
  public Object parsed(String text) {
    return range(text);
  }

  /** Bounds of these types have neither commas nor quotes in them. */
  @SuppressWarnings("unchecked")
  private <T extends Comparable<? super T>> Range<T> range(String text) {
    if (text.equals(EMPTY)) {
      return Range.empty();
    }
    int comma = text.indexOf(',');
    String lower = text.substring(1, comma).replace("\"", "");
    String upper = text.substring(comma + 1, text.length() - 1).replace("\"", "");
    return new Range<>(
        lower.isEmpty() ? null : (T) bound.parsed(lower),
        text.startsWith("["),
        upper.isEmpty() ? null : (T) bound.parsed(upper),
        text.endsWith("]"),
        false);
  }
}
