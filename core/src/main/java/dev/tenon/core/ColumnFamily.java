package dev.tenon.core;

import java.lang.invoke.MethodType;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DataType;
import org.jooq.impl.IdentityConverter;

/** Types that stand for each other between a component and its column; others never do. */
enum ColumnFamily {
  NUMBER,
  TEXT,
  BOOLEAN,
  IDENTIFIER,
  BYTES,
  INSTANT,
  LOCAL_DATE_TIME,
  LOCAL_DATE,
  LOCAL_TIME;

  private static final Map<Class<?>, ColumnFamily> EACH =
      Map.of(
          String.class, TEXT,
          Boolean.class, BOOLEAN,
          UUID.class, IDENTIFIER,
          byte[].class, BYTES,
          LocalDateTime.class, LOCAL_DATE_TIME,
          LocalDate.class, LOCAL_DATE,
          LocalTime.class, LOCAL_TIME);

  private static final Set<Class<?>> FLOATING = Set.of(Double.class, Float.class);

  private static Optional<ColumnFamily> of(Class<?> type) {
    Class<?> boxed = MethodType.methodType(type).wrap().returnType();
    if (Number.class.isAssignableFrom(boxed) && boxed.getPackageName().startsWith("java.")) {
      return Optional.of(NUMBER);
    }
    if (boxed == Instant.class || boxed == OffsetDateTime.class) {
      return Optional.of(INSTANT);
    }
    return Optional.ofNullable(EACH.get(boxed));
  }

  /**
   * Refuses a component that holds something else than its column.
   *
   * @throws UsageException if both are known and of two families
   */
  static void requireSame(Class<?> component, DataType<?> declared) {
    Optional<ColumnFamily> column = of(declared.getType());
    Optional<ColumnFamily> own = of(component);
    if (declared.getConverter() instanceof IdentityConverter
        && column.isPresent()
        && own.isPresent()
        && !own.equals(column)) {
      throw new UsageException(
          Problem.what(
                  "the component is a "
                      + component.getSimpleName()
                      + " and the column a "
                      + declared.getType().getSimpleName())
              .where("record mapping")
              .why("the one does not hold what the other does")
              .fix("give the component the type of the column"));
    }
  }

  /**
   * Refuses a component that would round what its column holds, or what the column would round.
   * Whole numbers that are too large are refused when they are met.
   *
   * @throws UsageException if it would
   */
  static void requireExact(Class<?> component, DataType<?> declared) {
    Class<?> column = declared.getType();
    Class<?> own = MethodType.methodType(component).wrap().returnType();
    boolean numbers =
        of(own).filter(family -> family == NUMBER).isPresent()
            && of(column).filter(family -> family == NUMBER).isPresent();
    if (numbers
        && declared.getConverter() instanceof IdentityConverter
        && !isExact(own, column, declared)) {
      throw new UsageException(
          Problem.what(
                  "the component is a "
                      + component.getSimpleName()
                      + " and the column is declared as "
                      + declared.getCastTypeName())
              .where("record mapping")
              .why("a value of the one is rounded in the other, on its way there or back")
              .fix(
                  "make it a "
                      + (column == Double.class || column == Float.class
                          ? column.getSimpleName()
                          : "BigDecimal")
                      + ", or declare the column as what it is"));
    }
  }

  private static boolean isExact(Class<?> own, Class<?> column, DataType<?> declared) {
    if (own == column) {
      return true;
    }
    if (own == Double.class || own == Float.class || FLOATING.contains(column)) {
      return false;
    }
    boolean whole =
        column != BigDecimal.class || (declared.precision() > 0 && declared.scale() == 0);
    return own == BigDecimal.class || whole;
  }

  /**
   * Refuses a column that holds no instant.
   *
   * @throws UsageException if it is known to hold something else
   */
  static void requireInstant(DataType<?> declared, String where) {
    Optional<ColumnFamily> column = of(declared.getType());
    if (column.isPresent() && column.get() != INSTANT) {
      throw new UsageException(
          Problem.what("the column is a " + declared.getType().getSimpleName())
              .where(where)
              .why("the server fills in the instant at which the transaction began")
              .fix("name a timestamptz, as an Instant or an OffsetDateTime"));
    }
  }
}
