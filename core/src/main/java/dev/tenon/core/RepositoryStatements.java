package dev.tenon.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.InsertOnDuplicateSetMoreStep;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of one repository, rendered once.
 *
 * <p>Parameters stand in the order of the columns; a tenant-owned table has the tenant first, in
 * keys too.
 */
record RepositoryStatements(
    String find,
    String insert,
    String update,
    String upsert,
    String delete,
    String currentVersion) {

  private static final DSLContext RENDER = DSL.using(SQLDialect.POSTGRES);

  static RepositoryStatements render(
      Table<?> table,
      RowMapping<?> rows,
      @Nullable Field<?> tenant,
      Field<?> id,
      @Nullable Field<?> version) {
    List<Field<?>> columns = rows.fields();
    Condition key = tenant == null ? equal(id) : equal(tenant).and(equal(id));
    List<Field<?>> written = new ArrayList<>(columns);
    if (tenant != null) {
      written.add(0, tenant);
    }
    List<Field<?>> placeholders = written.stream().<Field<?>>map(column -> parameter()).toList();
    return new RepositoryStatements(
        RENDER.select(columns).from(table).where(key).getSQL(),
        RENDER.insertInto(table, written).values(placeholders).getSQL(),
        RENDER
            .update(table)
            .set(changes(rows, id, version))
            .where(version == null ? key : key.and(equal(version)))
            .returning(columns)
            .getSQL(),
        upsert(table, rows, written, placeholders, tenant, id, version),
        RENDER.deleteFrom(table).where(key).getSQL(),
        RENDER.select(version == null ? DSL.inline(0) : version).from(table).where(key).getSQL());
  }

  private static String upsert(
      Table<?> table,
      RowMapping<?> rows,
      List<Field<?>> written,
      List<Field<?>> placeholders,
      @Nullable Field<?> tenant,
      Field<?> id,
      @Nullable Field<?> version) {
    Map<Field<?>, Field<?>> updates = new LinkedHashMap<>();
    for (Field<?> column : rows.fields()) {
      if (same(column, version)) {
        updates.put(
            column, next(DSL.field(table.getQualifiedName().append(column.getName())), rows));
      } else if (!same(column, id)) {
        updates.put(column, DSL.excluded(column));
      }
    }
    InsertOnDuplicateSetMoreStep<?> insert =
        RENDER
            .insertInto(table, written)
            .values(placeholders)
            .onConflict(tenant == null ? List.of(id) : List.of(tenant, id))
            .doUpdate()
            .set(updates);
    return insert.returning(rows.fields()).getSQL();
  }

  private static Map<Field<?>, Field<?>> changes(
      RowMapping<?> rows, Field<?> id, @Nullable Field<?> version) {
    Map<Field<?>, Field<?>> changes = new LinkedHashMap<>();
    for (Field<?> column : rows.fields()) {
      if (same(column, version)) {
        changes.put(column, next(column, rows));
      } else if (!same(column, id)) {
        changes.put(column, parameter());
      }
    }
    return changes;
  }

  private static boolean same(Field<?> column, @Nullable Field<?> other) {
    return other != null && column.getName().equals(other.getName());
  }

  /**
   * Cast to the type of the component, so that the server refuses the first version that the record
   * could not hold before it is written; the column may be wider.
   */
  private static Field<?> next(Field<?> version, RowMapping<?> rows) {
    Class<?> counter = rows.type(rows.indexOf(version));
    DataType<?> type =
        counter == int.class || counter == Integer.class ? SQLDataType.INTEGER : SQLDataType.BIGINT;
    return DSL.field("{0} + 1", Object.class, version).cast(type);
  }

  private static Condition equal(Field<?> field) {
    return DSL.condition("{0} = {1}", field, parameter());
  }

  private static Field<Object> parameter() {
    return DSL.field(DSL.raw("?"));
  }
}
