package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
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
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * How one Java type is bound to a parameter and read from a column.
 *
 * <p>Every parameter is bound with its SQL type, also null: an untyped parameter makes the driver
 * ask the server for the type, which can split a pipelined unit of work.
 */
public abstract class ColumnCodec {

  private static final Map<Class<?>, ColumnCodec> BY_TYPE = byType();

  private final int nullType;
  private final String sqlType;

  ColumnCodec(int nullType, String sqlType) {
    this.nullType = nullType;
    this.sqlType = sqlType;
  }

  /**
   * The codec of a Java type.
   *
   * @throws UsageException if there is none
   */
  public static ColumnCodec forType(Class<?> type) {
    if (type.isEnum()) {
      return LabelCodec.of(type, type);
    }
    ColumnCodec codec = BY_TYPE.get(type);
    if (codec == null) {
      throw unmapped(type, "byte[], JSONB and enumerations");
    }
    return codec;
  }

  static UsageException unmapped(Class<?> type, String others) {
    return new UsageException(
        Problem.what("the type " + type.getName() + " cannot be mapped to a column")
            .where("record mapping")
            .why(
                "mapped are String, UUID, the primitives but char and byte, BigDecimal, Instant,"
                    + " OffsetDateTime, LocalDateTime, LocalDate, "
                    + others)
            .fix("use one of these in the record, or read the column through session.sql()"));
  }

  /**
   * The codec of a component.
   *
   * @param type its type, with that of a list's elements or a range's bounds
   * @param declared the type that its column was declared with, if it was
   * @throws UsageException if there is none
   */
  public static ColumnCodec forComponent(Type type, @Nullable DataType<?> declared) {
    return ColumnTypes.codec(type, declared);
  }

  /** Whether a value of this type fills a column by itself, and is no label. */
  public static boolean isSimple(Class<?> type) {
    return BY_TYPE.containsKey(type);
  }

  /** What stands for a value in a statement. */
  public String parameter() {
    return "?";
  }

  /** Whether rows can be paged by it: its values have an order, and a text that a cursor keeps. */
  public boolean isSortable() {
    return !sqlType.equals("bytea") && !sqlType.equals("jsonb");
  }

  /** The type of a column that Tenon makes for it, and of a cast to it. */
  public final String sqlType() {
    return sqlType;
  }

  /** Binds a value, or null, as parameter {@code index}. */
  public final void bind(PreparedStatement statement, int index, @Nullable Object value)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, nullType);
    } else {
      bindValue(statement, index, value);
    }
  }

  /** Reads column {@code index} of the current row; null where the column is. */
  public abstract @Nullable Object read(ResultSet row, int index) throws SQLException;

  abstract void bindValue(PreparedStatement statement, int index, Object value) throws SQLException;

  /** A value as the text that {@link #sqlType} reads, for statements that carry many rows. */
  public String text(Object value) {
    return ColumnText.of(value);
  }

  /** The value that the server wrote as this text. */
  abstract Object parsed(String text);

  private interface Binder<V> {
    void bind(PreparedStatement statement, int index, V value) throws SQLException;
  }

  private interface Reader<V> {
    @Nullable V read(ResultSet row, int index) throws SQLException;
  }

  private static final class Simple<V> extends ColumnCodec {
    private final Class<V> type;
    private final Binder<V> binder;
    private final Reader<V> reader;
    private final boolean primitive;

    Simple(
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
      V value = reader.read(row, index);
      return primitive && row.wasNull() ? null : value;
    }

    @Override
    Object parsed(String text) {
      return ParsedText.of(type, text);
    }
  }

  /**
   * The constant of an enumeration that is stored as this label.
   *
   * @throws InvalidDataException if the enumeration has none
   */
  public static Enum<?> constant(Class<?> type, String label) {
    for (Object constant : type.getEnumConstants()) {
      if (LabelCodec.label((Enum<?>) constant).equals(label)) {
        return (Enum<?>) constant;
      }
    }
    throw new InvalidDataException(
        Problem.what("the label '" + Problem.excerpt(label) + "' is no " + type.getSimpleName())
            .where("record mapping")
            .why("the column holds what the enumeration does not name")
            .fix("add the constant, or correct the row"));
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
        PreparedStatement::setBigDecimal,
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
        (statement, index, value) ->
            statement.setObject(index, StorableTimes.storable(value).atOffset(ZoneOffset.UTC)),
        (row, index) -> {
          OffsetDateTime time = StorableTimes.finite(row.getObject(index, OffsetDateTime.class));
          return time == null ? null : time.toInstant();
        });
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
    codecs.put(type, new Simple<>(nullType, sqlType, type, false, binder, reader));
  }

  private static <V> void addPrimitive(
      Map<Class<?>, ColumnCodec> codecs,
      int nullType,
      String sqlType,
      Class<V> wrapper,
      Class<V> primitive,
      Binder<V> binder,
      Reader<V> reader) {
    ColumnCodec codec = new Simple<>(nullType, sqlType, wrapper, true, binder, reader);
    codecs.put(wrapper, codec);
    codecs.put(primitive, codec);
  }

  /**
   * The text itself, which the driver can send as it is; of half a surrogate pair it would silently
   * make a question mark.
   *
   * @throws InvalidDataException if it contains one, or U+0000
   */
  public static String requireEncodable(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) == 0) {
        throw new InvalidDataException(
            Problem.what("a text contains the character U+0000, at character " + i)
                .where("record mapping")
                .why("PostgreSQL stores no such character in a text")
                .fix("remove it, or store the bytes in a bytea"));
      }
      if (Character.isSurrogate(value.charAt(i))
          && !Character.isSupplementaryCodePoint(value.codePointAt(i++))) {
        throw new InvalidDataException(
            Problem.what("a text contains half of a surrogate pair, at character " + (i - 1))
                .where("record mapping")
                .why("PostgreSQL stores valid UTF-8 only")
                .fix("correct the text; it was cut in the middle of a character"));
      }
    }
    return value;
  }

  private static PGobject jsonb(JSONB value) throws SQLException {
    PGobject object = new PGobject();
    object.setType("jsonb");
    object.setValue(DocumentText.requireStorable(value.data()));
    return object;
  }
}
