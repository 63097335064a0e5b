package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * A table with rows of tenants.
 *
 * @param columns what can be inserted, in the order of the table: no generated columns
 * @param key the primary key, or empty
 */
record OwnedTable(
    String schema, String name, String tenantColumn, List<Column> columns, List<String> key) {

  /**
   * A column whose values travel as the text that their type writes and reads.
   *
   * @param type as SQL names it, and {@code json} also for what is based on JSON
   */
  record Column(String name, String type) {

    private static final Pattern WRITTEN_AS_IT_IS =
        Pattern.compile("boolean|smallint|integer|bigint|real|double precision|numeric(\\(.*\\))?");

    /**
     * As a value of JSON from which {@link #read} makes the same value again. Most types need their
     * text: JSON has one null, no bounds of arrays, and times of its own.
     */
    String written() {
      String column = "t." + quoted(name);
      return WRITTEN_AS_IT_IS.matcher(type).matches()
          ? column + " as " + quoted(name)
          : "case when %1$s is distinct from null then format('%%s', %1$s) end as %2$s"
              .formatted(column, quoted(name));
    }

    /** As json_to_record is told it. A text of JSON would be taken as a string of JSON. */
    private String definition() {
      return quoted(name) + (isJson() ? " text" : " " + type);
    }

    private String read() {
      return "v." + quoted(name) + (isJson() ? "::json" : "") + " as " + quoted(name);
    }

    private boolean isJson() {
      return type.equals("json");
    }
  }

  /** The same table with fewer columns. */
  OwnedTable withColumns(Collection<String> names) {
    return new OwnedTable(
        schema,
        name,
        tenantColumn,
        columns.stream().filter(column -> names.contains(column.name())).toList(),
        key);
  }

  List<String> columnNames() {
    return columns.stream().map(Column::name).toList();
  }

  /** The quoted name. */
  String sql() {
    return quoted(schema, name);
  }

  String columnList() {
    return columns.stream().map(column -> quoted(column.name())).collect(Collectors.joining(", "));
  }

  /** A query for the rows of a tenant as JSON, in the order of their key. */
  String asJson(TenantId tenant) {
    return """
        select row_to_json(r.*) from (select %s from %s t where %s%s) r
        """
        .formatted(
            columns.stream().map(Column::written).collect(Collectors.joining(", ")),
            sql(),
            ownedBy(tenant),
            ordered());
  }

  /** A query for the rows that a stage has as JSON, in its column {@code line}. */
  String fromJson(String stage) {
    return """
        select %s from %s l, json_to_record(l.line) as v(%s)
        """
        .formatted(
            columns.stream().map(Column::read).collect(Collectors.joining(", ")),
            stage,
            columns.stream().map(Column::definition).collect(Collectors.joining(", ")));
  }

  /** Whether rows of an archive can be told apart by the primary key. */
  boolean hasReadableKey() {
    return !key.isEmpty()
        && columnNames().containsAll(key)
        && columns.stream().noneMatch(column -> key.contains(column.name()) && column.isJson());
  }

  /** A condition on the aliases of two rows. */
  String sameKey(String one, String other) {
    return key.stream()
        .map(column -> "%1$s.%3$s = %2$s.%3$s".formatted(one, other, quoted(column)))
        .collect(Collectors.joining(" and "));
  }

  /** For statements that cannot bind, such as COPY; a UUID is made of digits and hyphens. */
  String ownedBy(TenantId tenant) {
    return quoted(tenantColumn) + " = '" + tenant + "'";
  }

  /** Two exports of the same rows are the same bytes. */
  private String ordered() {
    return key.isEmpty()
        ? ""
        : key.stream()
            .map(column -> "t." + quoted(column))
            .collect(Collectors.joining(", ", " order by ", ""));
  }

  @Override
  public String toString() {
    return schema + "." + name;
  }

  private static String quoted(String... parts) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(parts));
  }
}
