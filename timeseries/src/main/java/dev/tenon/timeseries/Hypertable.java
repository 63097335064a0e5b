package dev.tenon.timeseries;

import dev.tenon.core.TenantId;
import dev.tenon.core.internal.CopyStage;
import dev.tenon.core.internal.RecordShape;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The definition of a hypertable: its names, its columns, its chunks.
 *
 * @param shape the record that a row maps to
 * @param schema where the table and its functions are
 * @param name the table's name
 * @param tenantColumn filled from the session, not from the record
 * @param shared whether there is no such column, because rows belong to nobody
 * @param columns one for each component, in their order
 * @param time the position of the time column
 * @param series the positions of the columns that tell one series from another, in key order
 * @param chunkInterval how much time one chunk holds
 * @param rollups those that are made of others behind them
 * @param retention how long rows are kept; for ever if empty
 * @param fenced whether a fence stands around the table, in place of row-level security
 * @param columnstoreAfter how old a chunk becomes before it is kept by columns; never if empty
 */
record Hypertable<T>(
    RecordShape<T> shape,
    String schema,
    String name,
    String tenantColumn,
    boolean shared,
    List<Column> columns,
    int time,
    List<Integer> series,
    Duration chunkInterval,
    List<Rollup> rollups,
    Optional<Duration> retention,
    boolean fenced,
    Optional<Duration> columnstoreAfter) {

  static final DSLContext POSTGRES = DSL.using(SQLDialect.POSTGRES);

  /** Stands where a tenant would, for rows that have none. */
  static final TenantId NOBODY = TenantId.of(new UUID(0, 0));

  /** The table, its schema in front. */
  Table<Record> table() {
    return DSL.table(DSL.name(schema, name));
  }

  Field<UUID> tenantField() {
    return DSL.field(DSL.name(tenantColumn), SQLDataType.UUID);
  }

  Condition isOwnedBy(TenantId tenant) {
    return shared ? DSL.trueCondition() : tenantField().eq(tenant.value());
  }

  /** The same in SQL, of one parameter. */
  String isOwnedSql(String parameter) {
    return shared
        ? "cast(%s as uuid) is not null".formatted(parameter)
        : quote(tenantColumn) + " = " + parameter;
  }

  /** The columns that the table has ahead of those of the record: the tenant's, if any. */
  Stream<String> ownerColumns() {
    return shared ? Stream.empty() : Stream.of(tenantColumn);
  }

  /** Their definition. */
  String ownerDefinition() {
    return shared ? "" : quote(tenantColumn) + " uuid not null,\n  ";
  }

  Column timeColumn() {
    return columns.get(time);
  }

  List<Field<?>> fields() {
    return columns.stream().<Field<?>>map(Column::field).toList();
  }

  List<Field<?>> seriesFields() {
    return series.stream().<Field<?>>map(i -> columns.get(i).field()).toList();
  }

  /** Rows in order: by time, then by series, so that the order is the same on every engine. */
  List<Field<?>> order() {
    return Stream.concat(Stream.of(timeColumn().field()), seriesFields().stream()).toList();
  }

  /** A schema that applications may not use, so that no chunk can be read around the policies. */
  String chunkSchema() {
    return schema + "_chunks";
  }

  /** The function that makes missing chunks, where the server does not. */
  Name chunkFunction() {
    return DSL.name(schema, name + "_make_chunks");
  }

  /** What COPY writes into; another shape has another. */
  CopyStage stage() {
    return CopyStage.of(DSL.name(schema, name), columnDefinitions(""));
  }

  String quotedTable() {
    return quote(DSL.name(schema, name));
  }

  /** The columns of the record, quoted, as a list. */
  String columnList() {
    return columns.stream().map(column -> quote(column.name())).collect(Collectors.joining(", "));
  }

  /** The columns of the record for CREATE TABLE, one a line. */
  String columnDefinitions(String notNull) {
    return columns.stream()
        .map(
            column ->
                quote(column.name())
                    + " "
                    + column.type().sql()
                    + (column.nullable() ? "" : notNull))
        .collect(Collectors.joining(",\n  "));
  }

  /** The primary key: tenant, series, time. */
  String keyList() {
    return Stream.of(seriesKeyList(), quote(timeColumn().name()))
        .filter(names -> !names.isEmpty())
        .collect(Collectors.joining(", "));
  }

  /** What tells one series from those of all tenants. */
  String seriesKeyList() {
    return Stream.concat(ownerColumns(), series.stream().map(i -> columns.get(i).name()))
        .map(Hypertable::quote)
        .collect(Collectors.joining(", "));
  }

  /** The operation of the repository, as its caller named it. */
  String where(String operation) {
    return "HypertableRepository of "
        + shape.type().getSimpleName()
        + " on "
        + name
        + "."
        + operation;
  }

  /** The operation, with what it does in the database. */
  String statement(String operation) {
    return (Set.of("append", "upsert").contains(operation) ? "insert into " : "select from ")
        + quotedTable()
        + ", "
        + where(operation);
  }

  /** The table and its schema, for people. */
  String qualifiedName() {
    return schema + "." + name;
  }

  static String quote(String identifier) {
    return quote(DSL.name(identifier));
  }

  static String quote(Name identifier) {
    return POSTGRES.render(identifier);
  }

  static String literal(String text) {
    return POSTGRES.render(DSL.inline(text));
  }
}
