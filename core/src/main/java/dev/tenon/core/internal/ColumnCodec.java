package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.lang.reflect.Type;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jooq.DataType;
import org.jspecify.annotations.Nullable;

/**
 * How one Java type is bound to a parameter and read from a column.
 *
 * <p>Every parameter is bound with its SQL type, also null: an untyped parameter makes the driver
 * ask the server for the type, which can split a pipelined unit of work.
 */
public abstract class ColumnCodec {

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
    ColumnCodec codec = SimpleCodec.BY_TYPE.get(type);
    if (codec == null) {
      throw unmapped(type, "byte[], JSONB and enumerations");
    }
    return codec;
  }

  static UsageException unmapped(Class<?> type, String others) {
    return new UsageException(
        Problem.what("the type " + type.getTypeName() + " cannot be mapped to a column")
            .where("record mapping")
            .why(
                "mapped are String, UUID, the primitives but char and byte, BigDecimal, Instant,"
                    + " OffsetDateTime, LocalDateTime, LocalDate, LocalTime, "
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
    return SimpleCodec.BY_TYPE.containsKey(type);
  }

  /** What stands for a value in a statement. */
  public final String parameter() {
    return cast("?");
  }

  /** An expression that was bound as this codec binds, as a value of the column. */
  String cast(String expression) {
    return expression;
  }

  /**
   * The type of the elements of an array that carries many values. No array can hold arrays of any
   * length, so those travel as their texts.
   */
  public String elementType() {
    return sqlType.endsWith("[]") ? "text" : sqlType;
  }

  /** An element of such an array as a value of the column. */
  public String element(String expression) {
    return sqlType.endsWith("[]") ? cast(expression) : expression;
  }

  /** The value of this codec that a value of the column's type in jOOQ stands for, if it is one. */
  public Optional<Object> adopted(Object value) {
    return Optional.empty();
  }

  /** Whether no text of a value wants quotes in an array. */
  public boolean isBare() {
    return false;
  }

  /** Whether COPY, which has no place for an expression, can load its values. */
  public boolean isCopyable() {
    return true;
  }

  /** Whether a converter of the table's stands between the component and the column. */
  public boolean isConverted() {
    return false;
  }

  /** Whether rows can be paged by it: its values have an order, and a text that a cursor keeps. */
  public boolean isSortable() {
    return !sqlType.equals("bytea") && !sqlType.equals("jsonb");
  }

  final int nullType() {
    return nullType;
  }

  /** The type of a column that Tenon makes for it, and of a cast to it. */
  public final String sqlType() {
    return sqlType;
  }

  /** Binds a value, or null, as parameter {@code index}. */
  public void bind(PreparedStatement statement, int index, @Nullable Object value)
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

  /** The text of a value; null where the column is to be. */
  public @Nullable String textOrNull(@Nullable Object value) {
    return value == null ? null : text(value);
  }

  /**
   * Whether the column is a text that its type compares in its own way: citext without case,
   * char(n) without the blanks at the end.
   */
  public boolean hasOwnOrder() {
    return false;
  }

  /** What tells a value from others in the column: itself, unless two are stored as one. */
  public @Nullable Object stored(@Nullable Object value) {
    return value;
  }

  /** The value that the server wrote as this text. */
  public abstract Object parsed(String text);

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
        Problem.what("a label is no " + type.getSimpleName())
            .where("record mapping")
            .why("the column holds what the enumeration does not name")
            .fix("add the constant, or correct the row"));
  }

  /** The labels that an enumeration stores. */
  public static List<String> labels(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> LabelCodec.label((Enum<?>) constant))
        .toList();
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
        throw halfPair("a text", i - 1);
      }
    }
    return value;
  }

  /**
   * The text itself, which is searched for or compared with and not stored.
   *
   * @param where the search
   * @param holder what the text is a part of, e.g. "the filter"
   * @throws InvalidDataException as {@link #requireEncodable(String)}
   */
  public static String requireEncodable(String value, String where, String holder) {
    try {
      return requireEncodable(value);
    } catch (InvalidDataException unfit) {
      throw new InvalidDataException(
          unfit.problem().where(where).fix("take it out of " + holder + ": no row can hold it"));
    }
  }

  static InvalidDataException halfPair(String holder, int place) {
    return new InvalidDataException(
        Problem.what(holder + " contains half of a surrogate pair, at character " + place)
            .where("record mapping")
            .why("PostgreSQL stores valid UTF-8 only")
            .fix("correct the text; it was cut in the middle of a character"));
  }
}
