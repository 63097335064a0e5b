package dev.tenon.testkit.isolation;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * A declared table of tenants, as it was when the proof began.
 *
 * @param barrier whether the view of a fence is a security barrier
 * @param relation what the application reads and writes, quoted
 * @param base the table that holds the rows, quoted; the relation itself under row-level security
 * @param columns what can be inserted: no generated columns
 * @param types of these columns
 * @param key the columns of the primary key, without the tenant
 * @param children partitions, chunks and inheritance children, quoted
 * @param decisive what its policies or its view look at beside the tenant
 * @param asked other tables that its policies look at
 * @param rights what the attacked role may do; SELECT is that it may read the tenant column
 */
record TargetTable(
    boolean fenced,
    boolean barrier,
    String relation,
    String base,
    String tenantColumn,
    List<String> columns,
    List<String> types,
    List<Column> key,
    List<UniqueKey> uniqueKeys,
    List<Reference> references,
    List<String> children,
    List<String> decisive,
    List<String> asked,
    List<String> rights) {

  /** A column and its type. */
  record Column(String name, String type) {}

  /** A unique index and its columns, without the tenant. */
  record UniqueKey(String name, List<String> columns) {}

  /**
   * A foreign key to another table of tenants: its pairs of columns, but for the one whose
   * referring column is the tenant's.
   *
   * @param target the table that it refers to, quoted
   */
  record Reference(
      String name, String target, String targetTenant, List<String> from, List<String> to) {}

  boolean may(String... anyOf) {
    return Stream.of(anyOf).anyMatch(rights::contains);
  }

  /** Those of these columns that can be written. */
  List<Column> typed(Set<String> names) {
    return IntStream.range(0, columns.size())
        .filter(i -> names.contains(columns.get(i)))
        .mapToObj(i -> new Column(columns.get(i), types.get(i)))
        .toList();
  }

  String tenant() {
    return quoted(tenantColumn);
  }

  String columnList() {
    return String.join(", ", columns.stream().map(TargetTable::quoted).toList());
  }

  String keyList() {
    return quoted(tenantColumn)
        + ", "
        + String.join(", ", key.stream().map(column -> quoted(column.name())).toList());
  }

  /** A row given as JSON, for the tenant given next: two parameters. */
  String copy() {
    return copyInto(relation);
  }

  /** The same for a view that shows columns by the names that they have here. */
  String copyInto(String view) {
    return "jsonb_populate_record(null::%s, ?::jsonb || jsonb_build_object(%s, ?::uuid)) t"
        .formatted(view, literal(tenantColumn));
  }

  /**
   * The same with a primary key that is not taken, where its types and its foreign keys allow one.
   */
  String copyWithFreshKey() {
    return copyWithFreshKey("");
  }

  /** And with a value, given as SQL, in a column. */
  String copyWithFreshKeyAnd(String column, String value) {
    return copyWithFreshKey(" || jsonb_build_object(" + literal(column) + ", " + value + ")");
  }

  /** And with changes, as SQL that goes on behind the row's JSON; their parameters follow. */
  String copyWithFreshKey(String changes) {
    return """
    jsonb_populate_record(null::%s, (
      with given as (select ?::jsonb as row, ?::uuid as tenant)
      select given.row || jsonb_build_object(%s, given.tenant)%s from given)) t
    """
        .formatted(
            relation,
            literal(tenantColumn),
            key.stream()
                .filter(
                    column -> references.stream().noneMatch(r -> r.from().contains(column.name())))
                .map(TargetTable::fresh)
                .collect(Collectors.joining("", "", changes)));
  }

  /** A time stays next to the row's own, where there is a partition for it. */
  private static String fresh(Column column) {
    String value =
        switch (column.type()) {
          case "uuid" -> "gen_random_uuid()";
          case "smallint", "integer", "bigint", "numeric" -> "10000 + (random() * 20000)::int";
          case "text", "character varying" -> "md5(random()::text)";
          case "timestamp with time zone", "timestamp without time zone" ->
              "(given.row ->> %s)::%s + (1 + random() * 998) * interval '1 microsecond'"
                  .formatted(literal(column.name()), column.type());
          default -> "";
        };
    return value.isEmpty()
        ? ""
        : " || jsonb_build_object(" + literal(column.name()) + ", " + value + ")";
  }

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  static String quoted(String name) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(name));
  }
}
