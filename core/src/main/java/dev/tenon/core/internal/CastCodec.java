package dev.tenon.core.internal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/**
 * A type whose values cross as text, which the statement casts: bound so, the driver neither looks
 * the type up nor has to know it.
 */
abstract class CastCodec extends ColumnCodec {

  CastCodec(String sqlType) {
    super(Types.VARCHAR, sqlType);
  }

  @Override
  String cast(String expression) {
    return "cast(" + expression + " as " + sqlType() + ")";
  }

  @Override
  final void bindValue(PreparedStatement statement, int index, Object value) throws SQLException {
    statement.setString(index, text(value));
  }

  @Override
  public final @Nullable Object read(ResultSet row, int index) throws SQLException {
    String text = row.getString(index);
    return text == null ? null : parsed(text);
  }

  @Override
  public boolean isSortable() {
    return false;
  }

  @Override
  public abstract String text(Object value);
}
