package dev.tenon.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.InsertReturningStep;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.UpdateSetMoreStep;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The SQL for one row of a repository, rendered once.
 *
 * <p>Parameters stand in the order of the columns; a tenant-owned table has the tenant first, in
 * keys too.
 *
 * @param upserts by the columns of the key that they meet
 * @param isTrashed nothing for a key that is not in the trash
 */
record RepositoryStatements(
    String insert,
    String insertReturning,
    String update,
    Map<Set<String>, String> upserts,
    String delete,
    String restore,
    String currentVersion,
    String isTrashed) {

  private static final DSLContext RENDER = DSL.using(SQLDialect.POSTGRES);

  static RepositoryStatements render(Table<?> table, RowMapping<?> rows, RowRoles<?> roles) {
    List<Field<?>> columns = rows.fields();
    Condition key = key(rows, roles);
    Condition live = key.and(roles.live());
    Condition trashed = key.and(roles.trashed());
    return new RepositoryStatements(
        insert(table, rows, roles).getSQL(),
        insert(table, rows, roles).returning(columns).getSQL(),
        update(table, rows, roles, roles.changed(rows), roles.version() != null),
        upserts(table, rows, roles),
        roles.deletedAt() == null
            ? RENDER.deleteFrom(table).where(key).getSQL()
            : marked(table, rows, roles, roles.deletedAt(), "now()").where(live).getSQL(),
        roles.deletedAt() == null
            ? ""
            : marked(table, rows, roles, roles.deletedAt(), "null")
                .where(trashed)
                .returning(columns)
                .getSQL(),
        RENDER
            .select(roles.version() == null ? DSL.inline(0) : roles.version())
            .from(table)
            .where(live)
            .getSQL(),
        RENDER.select(DSL.inline(1)).from(table).where(trashed).getSQL());
  }

  static Condition key(RowMapping<?> rows, RowRoles<?> roles) {
    Condition id =
        DSL.condition(
            "{0} = {1}", roles.id(), rows.parameter(rows.indexOfName(roles.id().getName())));
    return roles.tenant() == null ? id : equal(roles.tenant()).and(id);
  }

  private static InsertReturningStep<?> insert(
      Table<?> table, RowMapping<?> rows, RowRoles<?> roles) {
    Map<Field<?>, Field<?>> values = written(rows, roles);
    return RENDER.insertInto(table, values.keySet()).values(values.values());
  }

  private static Map<Field<?>, Field<?>> written(RowMapping<?> rows, RowRoles<?> roles) {
    Map<Field<?>, Field<?>> values = new LinkedHashMap<>();
    if (roles.tenant() != null) {
      values.put(roles.tenant(), parameter());
    }
    IntStream.of(roles.given(rows))
        .forEach(i -> values.put(rows.fields().get(i), rows.parameter(i)));
    roles.stamps().forEach((stamp, column) -> values.put(column, RowRoles.stamp(stamp, column)));
    return values;
  }

  /**
   * The update of these components.
   *
   * @param versioned whether the row must have a version that is given
   */
  static String update(
      Table<?> table, RowMapping<?> rows, RowRoles<?> roles, int[] components, boolean versioned) {
    Map<Field<?>, Field<?>> changes = new LinkedHashMap<>();
    IntStream.of(components).forEach(i -> changes.put(rows.fields().get(i), rows.parameter(i)));
    addChange(changes, table, rows, roles);
    Condition live = key(rows, roles).and(roles.live());
    return RENDER
        .update(table)
        .set(changes)
        .where(versioned && roles.version() != null ? live.and(equal(roles.version())) : live)
        .returning(rows.fields())
        .getSQL();
  }

  private static Map<Set<String>, String> upserts(
      Table<?> table, RowMapping<?> rows, RowRoles<?> roles) {
    Map<Set<String>, String> upserts = new LinkedHashMap<>();
    if (!roles.isGenerated(roles.id())) {
      upserts.put(Set.of(), upsert(table, rows, roles, Set.of(roles.id().getName()), false));
    }
    for (Set<String> unique : roles.uniques()) {
      upserts.put(unique, upsert(table, rows, roles, unique, true));
    }
    return Map.copyOf(upserts);
  }

  private static String upsert(
      Table<?> table, RowMapping<?> rows, RowRoles<?> roles, Set<String> key, boolean partial) {
    Map<Field<?>, Field<?>> updates = new LinkedHashMap<>();
    for (int component : roles.changed(rows)) {
      Field<?> column = rows.fields().get(component);
      if (!key.contains(column.getName())) {
        updates.put(column, DSL.excluded(column));
      }
    }
    addChange(updates, table, rows, roles);
    List<Field<?>> target = new ArrayList<>();
    if (roles.tenant() != null) {
      target.add(roles.tenant());
    }
    key.forEach(name -> target.add(DSL.field(DSL.name(name))));
    Map<Field<?>, Field<?>> values = written(rows, roles);
    var insert = RENDER.insertInto(table, values.keySet()).values(values.values());
    var conflict = insert.onConflict(target);
    var update =
        (partial && roles.deletedAt() != null ? conflict.where(roles.live()) : conflict)
            .doUpdate()
            .set(updates);
    return (roles.deletedAt() == null
            ? update
            : update.where(stored(table, roles.deletedAt()).isNull()))
        .returning(rows.fields())
        .getSQL();
  }

  private static UpdateSetMoreStep<?> marked(
      Table<?> table, RowMapping<?> rows, RowRoles<?> roles, Field<?> deletedAt, String value) {
    Map<Field<?>, Field<?>> changes = new LinkedHashMap<>();
    changes.put(deletedAt, DSL.field(DSL.raw(value)));
    addChange(changes, table, rows, roles);
    return RENDER.update(table).set(changes);
  }

  /** Each change counts and is stamped; a row of nothing but its key is written as it is. */
  private static void addChange(
      Map<Field<?>, Field<?>> changes, Table<?> table, RowMapping<?> rows, RowRoles<?> roles) {
    if (roles.version() != null) {
      changes.put(roles.version(), next(table, roles.version(), rows));
    }
    roles
        .stamps()
        .forEach(
            (stamp, column) -> {
              if (stamp.onChange()) {
                changes.put(column, RowRoles.stamp(stamp, column));
              }
            });
    if (changes.isEmpty()) {
      Field<?> unchanged = roles.unchanged(rows);
      changes.put(unchanged, stored(table, unchanged));
    }
  }

  /** The column of the row that is there, where the row that was to be written stands beside it. */
  private static Field<?> stored(Table<?> table, Field<?> column) {
    return DSL.field(table.getQualifiedName().append(column.getName()));
  }

  /**
   * Cast to the type of the component, so that the server refuses the first version that the record
   * could not hold before it is written; the column may be wider.
   */
  private static Field<?> next(Table<?> table, Field<?> version, RowMapping<?> rows) {
    Class<?> counter = rows.type(rows.indexOf(version));
    DataType<?> type =
        counter == int.class || counter == Integer.class ? SQLDataType.INTEGER : SQLDataType.BIGINT;
    return DSL.field("{0} + 1", Object.class, stored(table, version)).cast(type);
  }

  static Condition equal(Field<?> field) {
    return DSL.condition("{0} = {1}", field, parameter());
  }

  private static Field<Object> parameter() {
    return DSL.field(DSL.raw("?"));
  }
}
