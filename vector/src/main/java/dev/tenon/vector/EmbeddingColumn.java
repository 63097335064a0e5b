package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.internal.TableBehindView;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the server's catalog tells of the column of the embeddings, to any role.
 *
 * @param parts the tables that hold the rows: one, unless it is partitioned; none where no search
 *     can use an index
 */
record EmbeddingColumn(String type, Optional<String> comment, List<Part> parts) {

  /**
   * A table that holds rows.
   *
   * @param isPartition of a table that holds none itself
   * @param isOfOthers whether it holds the rows of all tenants that have no part of their own
   * @param indexes of the vectors in all rows
   */
  record Part(String name, boolean isPartition, boolean isOfOthers, List<Index> indexes) {}

  /** An index of vectors. */
  record Index(
      String name,
      boolean isValid,
      String method,
      String operatorClass,
      Map<String, String> options) {}

  /**
   * One row for each index of each part, at least one. A quantized index is of an expression, which
   * depends on the column. The settings of a fence's view tell its barrier, behind which no index
   * of vectors serves.
   */
  private static final String ASK =
      """
      with recursive base as (
        select cast(%s as oid) as oid, pg_catalog.to_regclass(?) as named, cast(? as name) as col
      ), parts as (
        select base.oid, false as is_partition from base
         union all
        select i.inhrelid, true
          from pg_catalog.pg_inherits i join parts on parts.oid = i.inhparent
      )
      select pg_catalog.format_type(a.atttypid, a.atttypmod),
             pg_catalog.col_description(a.attrelid, a.attnum),
             c.relkind in ('r', 'm') and not exists (
               select from pg_catalog.pg_class v,
                           pg_catalog.pg_options_to_table(v.reloptions) option
                where v.oid = base.named and v.relkind = 'v'
                  and option.option_name = 'security_barrier'
                  and cast(option.option_value as boolean)),
             c.relname,
             parts.is_partition,
             exists (select from pg_catalog.pg_partitioned_table d where d.partdefid = c.oid),
             x.relname, x.indisvalid, x.amname, x.opcname, x.options, c.oid
        from base
        join pg_catalog.pg_attribute a
          on a.attrelid = base.oid and a.attname = base.col and not a.attisdropped
       cross join parts
        join pg_catalog.pg_class c on c.oid = parts.oid
        join pg_catalog.pg_attribute p
          on p.attrelid = c.oid and p.attname = base.col and not p.attisdropped
        left join lateral (
          select x.relname, i.indisvalid, m.amname, o.opcname,
                 pg_catalog.array_to_string(x.reloptions, ',') as options
            from pg_catalog.pg_index i
            join pg_catalog.pg_class x on x.oid = i.indexrelid
            join pg_catalog.pg_am m on m.oid = x.relam and m.amname in ('hnsw', 'ivfflat')
            join pg_catalog.pg_opclass o on o.oid = i.indclass[0]
           where i.indrelid = c.oid and i.indpred is null
             and (i.indkey[0] = p.attnum
               or i.indkey[0] = 0 and exists (
                 select from pg_catalog.pg_depend d
                  where d.classid = cast('pg_catalog.pg_class' as regclass)
                    and d.objid = i.indexrelid
                    and d.refclassid = d.classid
                    and d.refobjid = c.oid and d.refobjsubid = p.attnum))) x on true
       order by c.relname, c.oid, x.relname"""
          .formatted(TableBehindView.regclass("pg_catalog.to_regclass(?)"));

  static Optional<EmbeddingColumn> ask(Session session, VectorTable<?> table) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ASK)) {
            statement.setString(1, table.name());
            statement.setString(2, table.name());
            statement.setString(3, table.name());
            statement.setString(4, table.embeddingName());
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(read(row)) : Optional.empty();
            }
          }
        });
  }

  private static EmbeddingColumn read(ResultSet row) throws SQLException {
    String type = row.getString(1);
    Optional<String> comment = Optional.ofNullable(row.getString(2));
    Map<Long, Part> parts = new LinkedHashMap<>();
    do {
      if (row.getBoolean(3)) {
        Part part = new Part(row.getString(4), row.getBoolean(5), row.getBoolean(6), List.of());
        parts.merge(row.getLong(12), with(part, row), EmbeddingColumn::joined);
      }
    } while (row.next());
    return new EmbeddingColumn(type, comment, List.copyOf(parts.values()));
  }

  private static Part with(Part part, ResultSet row) throws SQLException {
    String index = row.getString(7);
    return index == null
        ? part
        : new Part(
            part.name(),
            part.isPartition(),
            part.isOfOthers(),
            List.of(
                new Index(
                    index,
                    row.getBoolean(8),
                    row.getString(9),
                    row.getString(10),
                    IndexCatalog.options(Optional.ofNullable(row.getString(11))))));
  }

  private static Part joined(Part before, Part one) {
    List<Index> indexes = new ArrayList<>(before.indexes());
    indexes.addAll(one.indexes());
    return new Part(before.name(), before.isPartition(), before.isOfOthers(), indexes);
  }
}
