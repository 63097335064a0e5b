package dev.tenon.core;

import dev.tenon.core.internal.ColumnCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What the columns of a table are for, beyond holding a value.
 *
 * @param tenant whose rows they are; null where they are nobody's
 * @param version counts changes; null where nothing does
 * @param stamps what the server fills in
 * @param deletedAt since when a row is in the trash; null where deleted rows are gone
 * @param grace how long a row stays there
 * @param uniques the keys besides the identifier, without the tenant
 * @param generated what the database fills in by itself
 */
record RowRoles<I>(
    @Nullable Field<UUID> tenant,
    Field<I> id,
    @Nullable Field<?> version,
    Map<Stamp, Field<?>> stamps,
    @Nullable Field<?> deletedAt,
    Duration grace,
    List<Set<String>> uniques,
    Set<String> generated) {

  static boolean same(Field<?> column, @Nullable Field<?> other) {
    return other != null && column.getName().equals(other.getName());
  }

  /** All columns that have a role. */
  List<Field<?>> columns() {
    List<Field<?>> columns = new ArrayList<>(stamps.values());
    Stream.of(tenant, id, version, deletedAt).filter(Objects::nonNull).forEach(columns::add);
    return columns;
  }

  boolean isGenerated(Field<?> column) {
    return generated.contains(column.getName());
  }

  /** Whether the server fills the column in, whatever a record says. */
  boolean isFilled(Field<?> column) {
    return isGenerated(column)
        || same(column, deletedAt)
        || stamps.values().stream().anyMatch(stamp -> same(column, stamp));
  }

  /**
   * The role of a column whose value no caller chooses for an existing row; null if it has none.
   */
  @Nullable String fixedRole(Field<?> column) {
    if (same(column, id)) {
      return "id";
    }
    if (same(column, tenant)) {
      return "tenant";
    }
    if (same(column, version)) {
      return "version";
    }
    if (same(column, deletedAt)) {
      return "softDelete";
    }
    return stamps.entrySet().stream()
        .filter(stamp -> same(column, stamp.getValue()))
        .map(stamp -> stamp.getKey().role())
        .findFirst()
        .orElse(isGenerated(column) ? "generated" : null);
  }

  /** The components that a record gives to a new row. */
  int[] given(RowMapping<?> rows) {
    return IntStream.range(0, rows.fields().size())
        .filter(i -> !isFilled(rows.fields().get(i)))
        .toArray();
  }

  /** The components that a record gives to an existing row. */
  int[] changed(RowMapping<?> rows) {
    return IntStream.of(given(rows)).filter(i -> fixedRole(rows.fields().get(i)) == null).toArray();
  }

  /** A column that a statement may set to what it is, where nothing else changes. */
  Field<?> unchanged(RowMapping<?> rows) {
    return isGenerated(id) ? rows.fields().get(given(rows)[0]) : id;
  }

  /** Rows that are not in the trash. */
  Condition live() {
    return deletedAt == null ? DSL.noCondition() : deletedAt.isNull();
  }

  Condition trashed() {
    return deletedAt == null ? DSL.falseCondition() : deletedAt.isNotNull();
  }

  static Field<?> stamp(Stamp stamp, Field<?> column) {
    return DSL.field(DSL.raw(stampSql(stamp, column)));
  }

  static String stampSql(Stamp stamp, Field<?> column) {
    return stamp.sql(stamp.isActor() ? ColumnCodec.forType(column.getType()).sqlType() : "");
  }
}
