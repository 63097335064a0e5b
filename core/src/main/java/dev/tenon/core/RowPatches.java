package dev.tenon.core;

import dev.tenon.core.internal.ColumnCodec;
import java.lang.invoke.MethodType;
import java.sql.PreparedStatement;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** How a repository writes some columns of a row. */
final class RowPatches<T, I> {

  private static final String OPERATION = "patch";

  private final RowTable<T, I> table;
  private final RowWrites<T, I> writes;
  private final RecentTexts<BitSet> texts = new RecentTexts<>();

  RowPatches(RowTable<T, I> table, RowWrites<T, I> writes) {
    this.table = table;
    this.writes = writes;
  }

  T patch(Session session, I identifier, Patch patch, OptionalLong expected) {
    TenantId tenant = table.requireTenant(session, OPERATION);
    table.require(identifier, "identifier", OPERATION);
    table.require(patch, "patch", OPERATION);
    if (expected.isPresent() && table.version() < 0) {
      throw refused(
          "a version is expected of a row that has none",
          "the repository was declared without a version column",
          "call version(column) before build(), or patch without a version");
    }
    Map<Integer, @Nullable Object> values = values(patch);
    String sql = sql(values, expected.isPresent());
    Optional<T> stored =
        table.change(
            session,
            OPERATION,
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql)) {
                int next = 1;
                for (Map.Entry<Integer, @Nullable Object> value : values.entrySet()) {
                  table.rows().bindValue(statement, next++, value.getValue(), value.getKey());
                }
                next = table.bindKey(statement, next, tenant, identifier);
                if (expected.isPresent()) {
                  statement.setLong(next, expected.getAsLong());
                }
                return table.written(statement, OPERATION);
              }
            });
    return stored.orElseThrow(
        () -> writes.notWritten(session, OPERATION, tenant, identifier, expected));
  }

  private String sql(Map<Integer, @Nullable Object> values, boolean versioned) {
    BitSet shape = new BitSet();
    values.keySet().forEach(shape::set);
    shape.set(table.rows().fields().size(), versioned);
    return texts.of(
        shape,
        () ->
            RepositoryStatements.update(
                table.table(),
                table.rows(),
                table.roles(),
                values.keySet().stream().mapToInt(i -> i).toArray(),
                versioned));
  }

  /** The new values, in the order of the components. */
  private Map<Integer, @Nullable Object> values(Patch patch) {
    if (patch.changes().isEmpty()) {
      throw refused(
          "the patch is empty",
          "it names no column",
          "set at least one column, or do not call patch where nothing changes");
    }
    Map<Integer, @Nullable Object> values = new TreeMap<>();
    for (Patch.Change change : patch.changes().values()) {
      int component = component(change.column());
      values.put(component, fit(change, component));
    }
    return values;
  }

  private int component(Field<?> column) {
    String role = table.roles().fixedRole(column);
    if (role != null) {
      throw refused(
          "the column " + Problem.excerpt(column.getName()) + " cannot be patched",
          "it is the " + role + " column, which the repository writes itself",
          "leave it out of the patch");
    }
    int component = table.rows().indexOf(column);
    if (component < 0) {
      throw refused(
          "there is no column " + Problem.excerpt(column.getName()),
          "no component of " + table.rows().name() + " maps to it",
          "patch one of " + table.rows().fields().stream().map(Field::getName).toList());
    }
    return component;
  }

  private @Nullable Object fit(Patch.Change change, int component) {
    Class<?> type = MethodType.methodType(table.rows().type(component)).wrap().returnType();
    Object value = change.value();
    if (value == null) {
      requireNullable(change, component);
      return null;
    }
    Optional<Object> adopted = table.rows().adopted(value, component);
    if (adopted.isPresent()) {
      return adopted.get();
    }
    if (type.isInstance(value) && type != Range.class) {
      return value;
    }
    if (type.isEnum()
        && value instanceof String label
        && ColumnCodec.labels(type).contains(label)) {
      return ColumnCodec.constant(type, label);
    }
    throw unfit(change.column().getName(), type, value);
  }

  private TenonException unfit(String column, Class<?> type, Object value) {
    if (!type.isEnum()) {
      return refused(
          "the value of " + column + " is a " + value.getClass().getSimpleName(),
          "its component is a " + type.getSimpleName(),
          "name the column with the type of its component");
    }
    String fix =
        "pass a constant of "
            + type.getSimpleName()
            + ", or one of the labels "
            + ColumnCodec.labels(type);
    return value instanceof String label
        ? new InvalidDataException(
            Problem.what("'" + Problem.excerpt(label) + "' is no label of " + column)
                .where(table.refusals().place(OPERATION))
                .why("its component is a " + type.getSimpleName() + ", which does not name it")
                .fix(fix))
        : refused(
            "the value of " + column + " is a " + value.getClass().getSimpleName(),
            "its component is a " + type.getSimpleName(),
            fix);
  }

  private void requireNullable(Patch.Change change, int component) {
    if (table.rows().type(component).isPrimitive()
        || !change.column().getDataType().nullable()
        || !table.rows().fields().get(component).getDataType().nullable()) {
      throw new InvalidDataException(
          Problem.what("the column " + change.column().getName() + " cannot become null")
              .where(table.refusals().place(OPERATION))
              .why("its field or its component is declared not null")
              .fix("give it a value, or declare the component and the field nullable"));
    }
  }

  private UsageException refused(String what, String why, String fix) {
    return new UsageException(
        Problem.what(what).where(table.refusals().place(OPERATION)).why(why).fix(fix));
  }
}
