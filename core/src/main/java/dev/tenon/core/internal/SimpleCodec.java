package dev.tenon.core.internal;

import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/** A type whose values the driver knows how to bind and read. */
final class SimpleCodec<V> extends ColumnCodec {

  /** The codec of each such type, primitives too. */
  static final Map<Class<?>, ColumnCodec> BY_TYPE = byType();

  private final Class<V> type;
  private final Binder<V> binder;
  private final Reader<V> reader;
  private final boolean primitive;

  private SimpleCodec(
      int nullType,
      String sqlType,
      Class<V> type,
      boolean primitive,
      Binder<V> binder,
      Reader<V> reader) {
    super(nullType, sqlType);
    this.type = type;
    this.primitive = primitive;
    this.binder = binder;
    this.reader = reader;
  }

  @Override
  void bindValue(PreparedStatement statement, int index, Object value) throws SQLException {
    binder.bind(statement, index, type.cast(value));
  }

  @Override
  public @Nullable Object read(ResultSet row, int index) throws SQLException {
    try {
      V value = reader.read(row, index);
      return primitive && row.wasNull() ? null : value;
    } catch (DateTimeException leapDay) {
      // The driver reads a text before the common era as one of it, and then knows no leap year.
      return ParsedText.of(type, row.getString(index));
    }
  }

  @Override
  public @Nullable Object stored(@Nullable Object value) {
    if (value instanceof Double number) {
      return number == 0 ? Double.valueOf(0) : number;
    }
    if (value instanceof Float number) {
      return number == 0 ? Float.valueOf(0) : number;
    }
    return value == null ? null : StorableTimes.canonical(value);
  }

  @Override
  public Object parsed(String text) {
    return ParsedText.of(type, text);
  }

  @Override
  public Optional<Object> adopted(Object value) {
    if (type == Instant.class && value instanceof OffsetDateTime time) {
      return Optional.of(time.toInstant());
    }
    return type == OffsetDateTime.class && value instanceof Instant time
        ? Optional.of(time.atOffset(ZoneOffset.UTC))
        : Optional.empty();
  }

  @Override
  public boolean isBare() {
    return Number.class.isAssignableFrom(type) || type == UUID.class || type == Boolean.class;
  }

  private static Map<Class<?>, ColumnCodec> byType() {
    Map<Class<?>, ColumnCodec> codecs = new HashMap<>();
    add(
        codecs,
        Types.VARCHAR,
        "text",
        String.class,
        (statement, index, value) -> statement.setString(index, requireEncodable(value)),
        ResultSet::getString);
    add(
        codecs,
        Types.OTHER,
        "uuid",
        UUID.class,
        PreparedStatement::setObject,
        (row, index) -> row.getObject(index, UUID.class));
    add(
        codecs,
        Types.NUMERIC,
        "numeric",
        BigDecimal.class,
        (statement, index, value) ->
            statement.setBigDecimal(index, StorableNumbers.storable(value)),
        ResultSet::getBigDecimal);
    add(
        codecs,
        Types.BINARY,
        "bytea",
        byte[].class,
        PreparedStatement::setBytes,
        ResultSet::getBytes);
    addPrimitives(codecs);
    addTimes(codecs);
    add(
        codecs,
        Types.OTHER,
        "jsonb",
        JSONB.class,
        (statement, index, value) -> statement.setObject(index, jsonb(value)),
        (row, index) -> JSONB.jsonbOrNull(row.getString(index)));
    return Map.copyOf(codecs);
  }

  private static void addPrimitives(Map<Class<?>, ColumnCodec> codecs) {
    addPrimitive(
        codecs,
        Types.INTEGER,
        "integer",
        Integer.class,
        int.class,
        PreparedStatement::setInt,
        ResultSet::getInt);
    addPrimitive(
        codecs,
        Types.BIGINT,
        "bigint",
        Long.class,
        long.class,
        PreparedStatement::setLong,
        ResultSet::getLong);
    addPrimitive(
        codecs,
        Types.SMALLINT,
        "smallint",
        Short.class,
        short.class,
        PreparedStatement::setShort,
        ResultSet::getShort);
    addPrimitive(
        codecs,
        Types.DOUBLE,
        "double precision",
        Double.class,
        double.class,
        PreparedStatement::setDouble,
        ResultSet::getDouble);
    addPrimitive(
        codecs,
        Types.REAL,
        "real",
        Float.class,
        float.class,
        PreparedStatement::setFloat,
        ResultSet::getFloat);
    addPrimitive(
        codecs,
        Types.BOOLEAN,
        "boolean",
        Boolean.class,
        boolean.class,
        PreparedStatement::setBoolean,
        ResultSet::getBoolean);
  }

  private static void addTimes(Map<Class<?>, ColumnCodec> codecs) {
    add(
        codecs,
        Types.TIMESTAMP_WITH_TIMEZONE,
        "timestamp with time zone",
        Instant.class,
        (statement, index, value) -> statement.setObject(index, StorableTimes.utc(value)),
        (row, index) ->
            row instanceof GuardedResultSet rows
                ? rows.getInstant(index)
                : StorableTimes.instant(row.getObject(index, OffsetDateTime.class)));
    add(
        codecs,
        Types.TIMESTAMP_WITH_TIMEZONE,
        "timestamp with time zone",
        OffsetDateTime.class,
        (statement, index, value) -> statement.setObject(index, StorableTimes.storable(value)),
        (row, index) -> StorableTimes.finite(row.getObject(index, OffsetDateTime.class)));
    add(
        codecs,
        Types.TIMESTAMP,
        "timestamp",
        LocalDateTime.class,
        (statement, index, value) -> statement.setObject(index, StorableTimes.storable(value)),
        (row, index) -> StorableTimes.finite(row.getObject(index, LocalDateTime.class)));
    add(
        codecs,
        Types.TIME,
        "time",
        LocalTime.class,
        (statement, index, value) -> statement.setObject(index, StorableTimes.rounded(value)),
        (row, index) -> row.getObject(index, LocalTime.class));
    add(
        codecs,
        Types.DATE,
        "date",
        LocalDate.class,
        (statement, index, value) -> statement.setObject(index, StorableTimes.storable(value)),
        (row, index) -> StorableTimes.finite(row.getObject(index, LocalDate.class)));
  }

  private static <V> void add(
      Map<Class<?>, ColumnCodec> codecs,
      int nullType,
      String sqlType,
      Class<V> type,
      Binder<V> binder,
      Reader<V> reader) {
    codecs.put(type, new SimpleCodec<>(nullType, sqlType, type, false, binder, reader));
  }

  private static <V> void addPrimitive(
      Map<Class<?>, ColumnCodec> codecs,
      int nullType,
      String sqlType,
      Class<V> wrapper,
      Class<V> primitive,
      Binder<V> binder,
      Reader<V> reader) {
    ColumnCodec codec = new SimpleCodec<>(nullType, sqlType, wrapper, true, binder, reader);
    codecs.put(wrapper, codec);
    codecs.put(primitive, codec);
  }

  private static PGobject jsonb(JSONB value) throws SQLException {
    PGobject object = new PGobject();
    object.setType("jsonb");
    object.setValue(DocumentText.requireStorable(value.data()));
    return object;
  }

  private interface Binder<V> {
    void bind(PreparedStatement statement, int index, V value) throws SQLException;
  }

  private interface Reader<V> {
    @Nullable V read(ResultSet row, int index) throws SQLException;
  }
}
