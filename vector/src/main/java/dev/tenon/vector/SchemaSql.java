package dev.tenon.vector;

import java.util.StringJoiner;

/** What the owner of the schema runs once, as a Flyway script that can be reviewed. */
final class SchemaSql {

  private SchemaSql() {}

  /** The check refuses what is refused in Java too, from writers that do not go through Java. */
  static String table(VectorTable<?> table) {
    return table(table, "");
  }

  /** The part of all others has row-level security for the reason that a tenant's part has it. */
  static String partitioned(VectorTable<?> table) {
    return table(table, " partition by list (" + VectorTable.TENANT + ")")
        + """

        create table %1$s partition of %2$s default;
        alter table %1$s enable row level security;
        """
            .formatted(TenantPartition.others(table).name(), table.name());
  }

  private static String table(VectorTable<?> table, String how) {
    RecordColumns<?> columns = table.columns();
    StringJoiner lines = new StringJoiner(",\n  ");
    lines.add(VectorTable.TENANT + " uuid not null");
    for (int i = 0; i < columns.size(); i++) {
      boolean isEmbedding = i == columns.embedding();
      boolean required = isEmbedding || i == table.id() || columns.type(i).isPrimitive();
      lines.add(
          RecordColumns.quoted(columns.names().get(i))
              + " "
              + (isEmbedding ? table.space().columnType() : columns.sqlType(i))
              + (required ? " not null" : ""));
    }
    lines.add("primary key (" + VectorTable.TENANT + ", " + table.idColumn() + ")");
    table
        .space()
        .constraint(table.embeddingColumn())
        .ifPresent(
            condition ->
                lines.add(
                    "constraint "
                        + RecordColumns.quoted(
                            table.simpleName() + "_embedding_" + table.space().constraintName())
                        + " check ("
                        + condition
                        + ")"));
    return """
        create extension if not exists vector;
        create table %s (
          %s
        )%s;
        """
            .formatted(table.name(), lines, how)
        + SpaceNote.sql(table);
  }

  static String index(IndexDefinition index) {
    return index.sql(RecordColumns.quoted(index.name()), index.table().name(), "") + ";\n";
  }
}
