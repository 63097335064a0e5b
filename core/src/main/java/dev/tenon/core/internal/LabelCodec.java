package dev.tenon.core.internal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import org.jooq.EnumType;
import org.jooq.Name;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** An enumeration in Java, as text or as an enumeration of the database. */
final class LabelCodec extends ColumnCodec {

  private static final String TEXT = "text";

  private final Class<?> type;

  private LabelCodec(Class<?> type, String sqlType) {
    super(Types.VARCHAR, sqlType);
    this.type = type;
  }

  /**
   * The codec of an enumeration, or of String, in a column of this type.
   *
   * @param declared an enumeration of jOOQ's, which names its type in the database; another is text
   */
  static ColumnCodec of(Class<?> type, @Nullable Class<?> declared) {
    String named = declared == null ? null : sqlType(declared);
    return new LabelCodec(type, named == null ? TEXT : named);
  }

  /** The name of the type in the database, if the enumeration tells one. */
  static @Nullable String sqlType(Class<?> enumeration) {
    if (!EnumType.class.isAssignableFrom(enumeration)
        || enumeration.getEnumConstants() == null
        || enumeration.getEnumConstants().length == 0) {
      return null;
    }
    EnumType label = (EnumType) enumeration.getEnumConstants()[0];
    String name = label.getName();
    if (name == null) {
      return null;
    }
    Name qualified =
        label.getSchema() == null
            ? DSL.name(name)
            : label.getSchema().getQualifiedName().append(name);
    return DSL.using(SQLDialect.POSTGRES).render(qualified);
  }

  @Override
  String cast(String expression) {
    return sqlType().equals(TEXT) ? expression : "cast(" + expression + " as " + sqlType() + ")";
  }

  @Override
  void bindValue(PreparedStatement statement, int index, Object value) throws SQLException {
    statement.setString(index, text(value));
  }

  @Override
  public @Nullable Object read(ResultSet row, int index) throws SQLException {
    String label = row.getString(index);
    return label == null ? null : parsed(label);
  }

  @Override
  public String text(Object value) {
    return value instanceof Enum<?> constant
        ? label(constant)
        : ColumnCodec.requireEncodable(value.toString());
  }

  @Override
  public Object parsed(String text) {
    return type.isEnum() ? constant(type, text) : text;
  }

  /** What is stored for the constant. */
  static String label(Enum<?> constant) {
    return constant instanceof EnumType label ? label.getLiteral() : constant.name();
  }
}
