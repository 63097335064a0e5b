package dev.tenon.core.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Function;
import org.jooq.Converter;
import org.jspecify.annotations.Nullable;

/**
 * A column that a table declares with a converter of jOOQ's: it is asked for every value, as jOOQ
 * asks it, also for null.
 */
final class ConvertedCodec extends ColumnCodec {

  private final ColumnCodec stored;
  private final Converter<Object, Object> converter;

  /**
   * The codec of a converter.
   *
   * @param stored the codec of what it converts to and from
   */
  @SuppressWarnings("unchecked")
  ConvertedCodec(ColumnCodec stored, Converter<?, ?> converter) {
    super(stored.nullType(), stored.sqlType());
    this.stored = stored;
    this.converter = (Converter<Object, Object>) converter;
  }

  @Override
  public void bind(PreparedStatement statement, int index, @Nullable Object value)
      throws SQLException {
    stored.bind(statement, index, converted(converter::to, value));
  }

  @Override
  void bindValue(PreparedStatement statement, int index, Object value) throws SQLException {
    bind(statement, index, value);
  }

  @Override
  public @Nullable Object read(ResultSet row, int index) throws SQLException {
    return converted(converter::from, stored.read(row, index));
  }

  @Override
  public @Nullable String textOrNull(@Nullable Object value) {
    return stored.textOrNull(converted(converter::to, value));
  }

  @Override
  public @Nullable Object stored(@Nullable Object value) {
    return stored.stored(converted(converter::to, value));
  }

  @Override
  public boolean hasOwnOrder() {
    return stored.hasOwnOrder();
  }

  @Override
  public boolean isCopyable() {
    return stored.isCopyable();
  }

  @Override
  public String text(Object value) {
    return present(textOrNull(value));
  }

  @Override
  public Object parsed(String text) {
    return present(converted(converter::from, stored.parsed(text)));
  }

  @Override
  String cast(String expression) {
    return stored.cast(expression);
  }

  @Override
  public String elementType() {
    return stored.elementType();
  }

  @Override
  public String element(String expression) {
    return stored.element(expression);
  }

  @Override
  public boolean isBare() {
    return stored.isBare();
  }

  @Override
  public boolean isSortable() {
    return stored.isSortable();
  }

  @Override
  public boolean isConverted() {
    return true;
  }

  private <R> R present(@Nullable R converted) {
    if (converted == null) {
      throw refused("made null of a value", null);
    }
    return converted;
  }

  private @Nullable Object converted(Function<Object, Object> conversion, @Nullable Object value) {
    try {
      return apply(conversion, value);
    } catch (InvalidDataException known) {
      throw known;
    } catch (RuntimeException refusal) {
      throw refused(
          value == null
              ? "does not take null"
              : "refused a value with a " + refusal.getClass().getSimpleName(),
          refusal);
    }
  }

  /** Converters take and give nulls, though jOOQ does not declare it. */
  @SuppressWarnings("NullAway")
  private static @Nullable Object apply(
      Function<Object, Object> conversion, @Nullable Object value) {
    return conversion.apply(value);
  }

  private InvalidDataException refused(String what, @Nullable RuntimeException refusal) {
    return new InvalidDataException(
        Problem.what(
                "the converter from "
                    + converter.fromType().getSimpleName()
                    + " to "
                    + converter.toType().getSimpleName()
                    + " "
                    + what)
            .where("record mapping")
            .why("the table declares the column with it")
            .fix(
                "correct the value, or let the converter take it; Converter.ofNullable takes null"),
        refusal);
  }
}
