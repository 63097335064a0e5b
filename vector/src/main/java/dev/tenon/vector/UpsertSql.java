package dev.tenon.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The texts that write rows: one from parameters, many from a stage. */
final class UpsertSql {

  private UpsertSql() {}

  /** The parameters are the tenant and the components in their order. */
  static String ofOne(VectorTable<?> table) {
    String values =
        IntStream.range(0, table.columns().size())
            .mapToObj(i -> i == table.columns().embedding() ? table.space().parameter() : "?")
            .collect(Collectors.joining(", "));
    return insert(table) + " values (?, " + values + ")" + onConflict(table);
  }

  /** The parameter is the tenant. */
  static String ofStage(VectorTable<?> table, String stage) {
    String values =
        IntStream.range(0, table.columns().size())
            .mapToObj(
                i ->
                    i == table.columns().embedding()
                        ? "c" + i + "::" + table.space().columnType()
                        : "c" + i + "::" + table.columns().sqlType(i))
            .collect(Collectors.joining(", "));
    return insert(table) + " select ?::uuid, " + values + " from " + stage + onConflict(table);
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
