package dev.tenon.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The texts that write rows: one, or many at once. */
final class UpsertSql {

  private UpsertSql() {}

  /** The parameters are the tenant and the components in their order. */
  static String ofOne(VectorTable<?> table) {
    String values =
        IntStream.range(0, table.columns().size())
            .mapToObj(
                i ->
                    i == table.columns().embedding()
                        ? table.space().parameter()
                        : table.columns().parameter(i))
            .collect(Collectors.joining(", "));
    return insert(table) + " values (?, " + values + ")" + onConflict(table);
  }

  /**
   * The parameters are the tenant, and an array for each component.
   *
   * <p>They are unnested side by side in the select list: a function in FROM writes all its rows
   * into a tuplestore before the first is read.
   */
  static String ofArrays(VectorTable<?> table) {
    String values =
        IntStream.range(0, table.columns().size())
            .mapToObj(
                i ->
                    "unnest(?)::"
                        + (i == table.columns().embedding()
                            ? table.space().columnType()
                            : table.columns().sqlType(i)))
            .collect(Collectors.joining(", "));
    return insert(table) + " select ?::uuid, " + values + onConflict(table);
  }

  private static String insert(VectorTable<?> table) {
    return "insert into "
        + table.name()
        + " ("
        + VectorTable.TENANT
        + ", "
        + String.join(", ", quoted(table))
        + ")";
  }

  private static String onConflict(VectorTable<?> table) {
    String changes =
        quoted(table).stream()
            .filter(column -> !column.equals(table.idColumn()))
            .map(column -> column + " = excluded." + column)
            .collect(Collectors.joining(", "));
    return " on conflict ("
        + VectorTable.TENANT
        + ", "
        + table.idColumn()
        + ") do update set "
        + changes;
  }

  private static List<String> quoted(VectorTable<?> table) {
    List<String> columns = new ArrayList<>();
    table.columns().names().forEach(name -> columns.add(RecordColumns.quoted(name)));
    return columns;
  }
}
