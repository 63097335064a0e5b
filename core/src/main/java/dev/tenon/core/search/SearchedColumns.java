package dev.tenon.core.search;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.RecordShape;
import java.lang.reflect.RecordComponent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Which column each component of a record maps to, and how values are read. */
final class SearchedColumns<R> {

  private final RecordShape<R> shape;
  private final List<String> names;
  private final List<ColumnCodec> codecs;

  private SearchedColumns(RecordShape<R> shape, List<String> names, List<ColumnCodec> codecs) {
    this.shape = shape;
    this.names = names;
    this.codecs = codecs;
  }

  static <R> SearchedColumns<R> of(Table<?> table, Class<R> type) {
    RecordShape<R> shape = RecordShape.of(type);
    List<String> names = new ArrayList<>();
    List<ColumnCodec> codecs = new ArrayList<>();
    for (RecordComponent component : shape.components()) {
      String name = RecordShape.columnName(component);
      codecs.add(ColumnCodec.forComponent(component.getGenericType(), declared(table, type, name)));
      names.add(name);
    }
    return new SearchedColumns<>(shape, List.copyOf(names), List.copyOf(codecs));
  }

  private static @Nullable DataType<?> declared(Table<?> table, Class<?> type, String column) {
    if (table.fields().length == 0) {
      return null;
    }
    Field<?> field = table.field(column);
    if (field == null) {
      throw new UsageException(
          Problem.what(
                  type.getSimpleName()
                      + " has a component for the column "
                      + column
                      + ", which the table does not declare")
              .where("TextSearch of " + type.getName())
              .why("each component maps to the column of its name in snake case")
              .fix("rename the component, or add the column"));
    }
    return field.getDataType();
  }

  String recordName() {
    return shape.type().getSimpleName();
  }

  List<String> names() {
    return names;
  }

  /** The position of a column among the components, or -1. */
  int indexOf(String column) {
    return names.indexOf(column);
  }

  Class<?> type(int component) {
    return shape.components().get(component).getType();
  }

  ColumnCodec codec(int component) {
    return codecs.get(component);
  }

  Field<?> field(int component) {
    return DSL.field(DSL.name(names.get(component)));
  }

  /** Reads the columns in the order of the components, from the first of the row. */
  R read(ResultSet row) throws SQLException {
    @Nullable Object[] values = new Object[names.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(row, i);
    }
    return shape.create(values);
  }

  private @Nullable Object value(ResultSet row, int component) throws SQLException {
    try {
      return codecs.get(component).read(row, component + 1);
    } catch (InvalidDataException unfit) {
      throw new InvalidDataException(
          unfit.problem().where("column " + names.get(component) + " of " + recordName()),
          unfit.getCause());
    }
  }
}
