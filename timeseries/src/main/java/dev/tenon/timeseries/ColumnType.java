package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.CopyBuffer;
import dev.tenon.core.internal.StorableTimes;
import dev.tenon.core.internal.UnfitValueException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jooq.DataType;
import org.jooq.JSONB;
import org.jooq.impl.EnumConverter;
import org.jooq.impl.SQLDataType;
import org.postgresql.util.ByteConverter;

/**
 * How one Java type is stored: the column's type, what jOOQ calls it, and its binary form.
 *
 * @param sql the type's name in DDL
 * @param dataType jOOQ's type, for queries
 * @param encoder writes a value that is not null
 */
record ColumnType(String sql, DataType<?> dataType, Encoder<Object> encoder) {

  private static final Map<Class<?>, ColumnType> BY_TYPE = byType();
  private static final int JSONB_VERSION = 1;
  private static final int MOST_INTEGER_DIGITS = 131_072;
  private static final int MOST_FRACTION_DIGITS = 16_383;
  private static final long POSTGRES_EPOCH_DAY = LocalDate.of(2000, 1, 1).toEpochDay();

  /** Writes one value in its binary form, length first. */
  @FunctionalInterface
  interface Encoder<V> {
    void encode(V value, CopyBuffer buffer) throws UnfitValueException;
  }

  /**
   * The type for a record component.
   *
   * @throws UsageException if there is none
   */
  static ColumnType of(Class<?> type, String component) {
    if (type.isEnum()) {
      return enumeration(type.asSubclass(Enum.class));
    }
    ColumnType known = BY_TYPE.get(type);
    if (known == null) {
      throw new UsageException(
          Problem.what("the component " + component + " has the type " + type.getTypeName())
              .where("definition of a hypertable")
              .why(
                  "stored are String, UUID, short, int, long, float, double, boolean, BigDecimal,"
                      + " Instant, OffsetDateTime, LocalDateTime, LocalDate, byte[], JSONB and"
                      + " enumerations")
              .fix("use one of these"));
    }
    return known;
  }

  private static ColumnType enumeration(@SuppressWarnings("rawtypes") Class<? extends Enum> type) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    DataType<?> dataType =
        SQLDataType.CLOB.asConvertedDataType(new EnumConverter(String.class, type));
    return new ColumnType(
        ColumnCodec.forType(type).sqlType(),
        dataType,
        (value, buffer) -> buffer.textValue(((Enum<?>) value).name()));
  }

  private static Map<Class<?>, ColumnType> byType() {
    Map<Class<?>, ColumnType> types = new HashMap<>();
    put(types, String.class, SQLDataType.CLOB, (v, b) -> b.textValue(v));
    put(
        types,
        UUID.class,
        SQLDataType.UUID,
        (v, b) -> b.pairOfLongs(v.getMostSignificantBits(), v.getLeastSignificantBits()));
    put(types, byte[].class, SQLDataType.BLOB, (v, b) -> b.bytesValue(v));
    put(
        types,
        JSONB.class,
        SQLDataType.JSONB,
        (v, b) -> b.versionedTextValue(JSONB_VERSION, v.data()));
    put(types, BigDecimal.class, SQLDataType.NUMERIC, ColumnType::numeric);
    putPrimitives(types);
    putTimes(types);
    return Map.copyOf(types);
  }

  private static void putPrimitives(Map<Class<?>, ColumnType> types) {
    put(types, Short.class, SQLDataType.SMALLINT, (v, b) -> b.shortValue(v));
    put(types, Integer.class, SQLDataType.INTEGER, (v, b) -> b.intValue(v));
    put(types, Long.class, SQLDataType.BIGINT, (v, b) -> b.longValue(v));
    put(types, Float.class, SQLDataType.REAL, (v, b) -> b.intValue(Float.floatToIntBits(v)));
    put(types, Double.class, SQLDataType.DOUBLE, (v, b) -> b.longValue(Double.doubleToLongBits(v)));
    put(types, Boolean.class, SQLDataType.BOOLEAN, (v, b) -> b.booleanValue(v));
    alias(types, short.class, Short.class);
    alias(types, int.class, Integer.class);
    alias(types, long.class, Long.class);
    alias(types, float.class, Float.class);
    alias(types, double.class, Double.class);
    alias(types, boolean.class, Boolean.class);
  }

  private static void putTimes(Map<Class<?>, ColumnType> types) {
    put(types, Instant.class, TimeBinding.TYPE, ColumnType::timestamp);
    put(
        types,
        OffsetDateTime.class,
        SQLDataType.TIMESTAMPWITHTIMEZONE,
        (v, b) -> timestamp(StorableTimes.storable(v).toInstant(), b));
    put(
        types,
        LocalDateTime.class,
        SQLDataType.LOCALDATETIME,
        (v, b) -> timestamp(StorableTimes.storable(v).toInstant(ZoneOffset.UTC), b));
    put(types, LocalDate.class, SQLDataType.LOCALDATE, ColumnType::date);
  }

  private static void timestamp(Instant value, CopyBuffer buffer) {
    buffer.longValue(Timestamps.micros(StorableTimes.storable(value)));
  }

  private static void date(LocalDate value, CopyBuffer buffer) {
    buffer.intValue((int) (StorableTimes.storable(value).toEpochDay() - POSTGRES_EPOCH_DAY));
  }

  private static void numeric(BigDecimal value, CopyBuffer buffer) throws UnfitValueException {
    long integerDigits = (long) value.precision() - value.scale();
    if (integerDigits > MOST_INTEGER_DIGITS || value.scale() > MOST_FRACTION_DIGITS) {
      throw new UnfitValueException(
          "it has more than "
              + MOST_INTEGER_DIGITS
              + " digits before or "
              + MOST_FRACTION_DIGITS
              + " after the point");
    }
    buffer.bytesValue(ByteConverter.numeric(value));
  }

  private static <V> void put(
      Map<Class<?>, ColumnType> types, Class<V> type, DataType<?> dataType, Encoder<V> encoder) {
    types.put(
        type,
        new ColumnType(
            ColumnCodec.forType(type).sqlType(),
            dataType,
            (value, buffer) -> encoder.encode(type.cast(value), buffer)));
  }

  private static void alias(Map<Class<?>, ColumnType> types, Class<?> primitive, Class<?> wrapper) {
    ColumnType known = types.get(wrapper);
    if (known != null) {
      types.put(primitive, known);
    }
  }
}
