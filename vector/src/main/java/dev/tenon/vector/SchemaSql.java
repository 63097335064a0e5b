package dev.tenon.vector;

import dev.tenon.core.internal.DollarQuote;
import java.util.StringJoiner;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

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
                            FittedNames.of(
                                table.simpleName()
                                    + "_embedding_"
                                    + table.space().constraintName()))
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
    String create = index.sql(RecordColumns.quoted(index.name()), index.table().name(), "") + ";\n";
    return index.index() instanceof IvfflatIndex ivfflat
        ? requireRows(index.table(), ivfflat) + create
        : create;
  }

  /**
   * As the server estimates the rows, like a build: row-level security shows the owner none. In the
   * transaction of a script ANALYZE counts what that has loaded, too.
   */
  private static String requireRows(VectorTable<?> table, IvfflatIndex ivfflat) {
    String body =
        """
        declare
          present bigint := (select greatest(reltuples, 0) from pg_catalog.pg_class
                              where oid = %1$s::regclass);
        begin
          if present < %2$d then
            raise exception using
              errcode = 'object_not_in_prerequisite_state',
              message = 'the table ' || %1$s || ' has ' || present || ' rows, fewer than %2$d for'
                ' %3$d lists: these are made of the rows that are there, %4$d for each; load first,'
                ' then run VectorRepository.indexBuild(owner).run() in place of indexSql()';
          end if;
        end
        """
            .formatted(
                DSL.using(SQLDialect.POSTGRES).render(DSL.inline(table.name())),
                ivfflat.fewestRows(),
                ivfflat.lists(),
                IvfflatIndex.FEWEST_A_LIST);
    String quote = DollarQuote.around(body);
    return "analyze " + table.name() + ";\ndo " + quote + "\n" + body + quote + ";\n";
  }
}
