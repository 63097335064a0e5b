package dev.tenon.core;

import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.RecordShape;
import java.lang.reflect.RecordComponent;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** Which column each component of a record maps to, and how values cross. */
final class RowMapping<T> {

  /**
   * Named here so that jOOQ knows all its types before it is asked for one by class, also by many
   * threads at once.
   */
  private static final DataType<String> TEXT = SQLDataType.VARCHAR;

  /** The SQLSTATEs that the driver reports values under which it cannot convert. */
  private static final Pattern UNREADABLE = Pattern.compile("22...|42846|42821");

  private final RecordShape<T> shape;
  private final List<Field<?>> fields;
  private final ColumnCodec[] codecs;

  private RowMapping(RecordShape<T> shape, List<Field<?>> fields, ColumnCodec[] codecs) {
    this.shape = shape;
    this.fields = fields;
    this.codecs = codecs;
  }

  static <T> RowMapping<T> of(Table<?> table, Class<T> type) {
    RecordShape<T> shape = RecordShape.of(type);
    List<Field<?>> fields = new ArrayList<>();
    List<ColumnCodec> codecs = new ArrayList<>();
    for (RecordComponent component : shape.components()) {
      Field<?> field = field(table, type, component);
      codecs.add(codec(table, type, component, field));
      fields.add(field);
    }
    return new RowMapping<>(shape, List.copyOf(fields), codecs.toArray(ColumnCodec[]::new));
  }

  private static ColumnCodec codec(
      Table<?> table, Class<?> type, RecordComponent component, Field<?> field) {
    try {
      if (table.fields().length == 0) {
        return ColumnCodec.forComponent(component.getGenericType(), null);
      }
      ColumnFamily.requireSame(component.getType(), field.getDataType());
      ColumnFamily.requireExact(component.getType(), field.getDataType());
      return ColumnCodec.forComponent(component.getGenericType(), field.getDataType());
    } catch (UsageException unmapped) {
      throw new UsageException(
          unmapped
              .problem()
              .where(
                  "component "
                      + type.getSimpleName()
                      + "."
                      + component.getName()
                      + ", repository of "
                      + table.getName()));
    }
  }

  private static Field<?> field(Table<?> table, Class<?> type, RecordComponent component) {
    String column = RecordShape.columnName(component);
    if (table.fields().length == 0) {
      return undeclared(DSL.name(column), component.getType());
    }
    Field<?> declared = table.field(column);
    if (declared == null) {
      throw new UsageException(
          Problem.what(
                  "the component "
                      + type.getSimpleName()
                      + "."
                      + component.getName()
                      + " has no column")
              .where("repository of " + table.getName())
              .why("the table declares no column named " + column)
              .fix("rename the component, or add the column"));
    }
    return DSL.field(DSL.name(column), declared.getDataType());
  }

  /** A column of which only its component tells the type. */
  private static Field<?> undeclared(Name column, Class<?> component) {
    if (component.isEnum()) {
      return DSL.field(column, TEXT);
    }
    return ColumnCodec.isSimple(component)
        ? DSL.field(column, component)
        : DSL.field(column, SQLDataType.OTHER);
  }

  List<Field<?>> fields() {
    return fields;
  }

  String name() {
    return shape.type().getSimpleName();
  }

  /**
   * The position of a column among the components.
   *
   * @throws UsageException if no component maps to it
   */
  int require(Field<?> field, String role) {
    int index = indexOf(field);
    if (index < 0) {
      throw new UsageException(
          Problem.what(
                  "the " + role + " column " + field.getName() + " is not in the record " + name())
              .where("repository of " + name())
              .why("no component maps to it")
              .fix("add a component for the column " + field.getName()));
    }
    return index;
  }

  int indexOf(Field<?> field) {
    return indexOfName(field.getName());
  }

  int indexOfName(String column) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).getName().equals(column)) {
        return i;
      }
    }
    return -1;
  }

  @Nullable Object value(T record, int component) {
    return shape.get(record, component);
  }

  void bind(PreparedStatement statement, int parameter, T record, int component)
      throws SQLException {
    bindValue(statement, parameter, shape.get(record, component), component);
  }

  void bindValue(PreparedStatement statement, int parameter, @Nullable Object value, int component)
      throws SQLException {
    try {
      codecs[component].bind(statement, parameter, value);
    } catch (InvalidDataException | UsageException unfit) {
      throw located(unfit, component);
    }
  }

  /** The value of a component as PostgreSQL's text; null where it is. */
  @Nullable String text(@Nullable Object value, int component) {
    try {
      return codecs[component].textOrNull(value);
    } catch (InvalidDataException | UsageException unfit) {
      throw located(unfit, component);
    }
  }

  /** What stands for the value of a component in a statement. */
  Field<Object> parameter(int component) {
    return DSL.field(DSL.raw(codecs[component].parameter()));
  }

  /** What the column holds for a value of the component. */
  @Nullable Object stored(@Nullable Object value, int component) {
    try {
      return codecs[component].stored(value);
    } catch (InvalidDataException | UsageException unfit) {
      throw located(unfit, component);
    }
  }

  /** The value of a component that has this text. */
  Object parsed(String text, int component) {
    return codecs[component].parsed(text);
  }

  /** What a component holds for a value of the column's own type, if it can hold one. */
  Optional<Object> adopted(Object value, int component) {
    try {
      return codecs[component].adopted(value);
    } catch (InvalidDataException | UsageException unfit) {
      throw located(unfit, component);
    }
  }

  boolean isSortable(int component) {
    return codecs[component].isSortable();
  }

  boolean isCopyable() {
    return Arrays.stream(codecs).allMatch(ColumnCodec::isCopyable);
  }

  String sqlType(int component) {
    return codecs[component].sqlType();
  }

  /** The codec of a component; what it refuses does not name the column. */
  ColumnCodec codec(int component) {
    return codecs[component];
  }

  /**
   * All rows that a statement returns.
   *
   * @param expected about how many there are
   */
  List<T> all(PreparedStatement statement, int expected) throws SQLException {
    List<T> all = new ArrayList<>(expected);
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        all.add(read(row));
      }
    }
    return all;
  }

  T read(ResultSet row) throws SQLException {
    @Nullable Object[] values = new Object[codecs.length];
    for (int i = 0; i < codecs.length; i++) {
      values[i] = value(row, i);
    }
    return shape.create(values);
  }

  private @Nullable Object value(ResultSet row, int component) throws SQLException {
    try {
      return codecs[component].read(row, component + 1);
    } catch (InvalidDataException | UsageException unfit) {
      throw located(unfit, component);
    } catch (SQLException error) {
      if (UNREADABLE.matcher(String.valueOf(error.getSQLState())).matches()) {
        throw located(unfit(component, error), component);
      }
      throw error;
    } catch (ClassCastException | IndexOutOfBoundsException | DateTimeException error) {
      throw located(unfit(component, error), component);
    }
  }

  private InvalidDataException unfit(int component, Exception error) {
    return new InvalidDataException(
        Problem.what(
                "the value of "
                    + fields.get(component).getName()
                    + " is no "
                    + type(component).getSimpleName())
            .why("the column holds what the component cannot")
            .fix("give the component the type of the column, or correct the row"),
        error);
  }

  private TenonException located(TenonException unfit, int component) {
    Problem problem =
        unfit.problem().where("column " + fields.get(component).getName() + " of " + name());
    return unfit instanceof UsageException
        ? new UsageException(problem, unfit.getCause())
        : new InvalidDataException(problem, unfit.getCause());
  }

  Class<?> type(int component) {
    return shape.components().get(component).getType();
  }
}
