package dev.tenon.vector;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The texts that write rows: one, or many at once.
 *
 * @param beside the same table with the embedding of another model, where rows are written with
 *     both: its parameter is the last
 */
record UpsertSql(VectorTable<?> table, @Nullable VectorTable<?> beside) {

  /** The parameters are the tenant and the components in their order. */
  static String ofOne(VectorTable<?> table, @Nullable VectorTable<?> beside) {
    return new UpsertSql(table, beside).ofOne();
  }

  /**
   * The parameters are the tenant, and an array for each component.
   *
   * <p>They are unnested side by side in the select list: a function in FROM writes all its rows
   * into a tuplestore before the first is read.
   */
  static String ofArrays(VectorTable<?> table, @Nullable VectorTable<?> beside) {
    return new UpsertSql(table, beside).ofArrays();
  }

  private String ofOne() {
    Stream<String> values =
        IntStream.range(0, table.columns().size())
            .mapToObj(
                i ->
                    i == table.columns().embedding()
                        ? table.space().parameter()
                        : table.columns().parameter(i));
    return insert()
        + " values (?, "
        + listed(values, Stream.ofNullable(beside).map(other -> other.space().parameter()))
        + ")"
        + onConflict();
  }

  private String ofArrays() {
    Stream<String> types =
        IntStream.range(0, table.columns().size())
            .mapToObj(
                i ->
                    i == table.columns().embedding()
                        ? table.space().columnType()
                        : table.columns().sqlType(i));
    return insert()
        + " select ?::uuid, unnest(?)::"
        + Stream.concat(types, Stream.ofNullable(beside).map(other -> other.space().columnType()))
            .collect(Collectors.joining(", unnest(?)::"))
        + onConflict();
  }

  private String insert() {
    return "insert into "
        + table.name()
        + " ("
        + VectorTable.TENANT
        + ", "
        + String.join(", ", columns())
        + ")";
  }

  private String onConflict() {
    String changes =
        columns().stream()
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

  private List<String> columns() {
    return Stream.concat(
            table.columns().names().stream().map(RecordColumns::quoted),
            Stream.ofNullable(beside).map(VectorTable::embeddingColumn))
        .toList();
  }

  private static String listed(Stream<String> own, Stream<String> beside) {
    return Stream.concat(own, beside).collect(Collectors.joining(", "));
  }
}
