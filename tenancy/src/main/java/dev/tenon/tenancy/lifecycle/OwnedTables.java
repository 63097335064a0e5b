package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Transaction;
import dev.tenon.tenancy.internal.TenantColumns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Every table with rows of tenants, as declared in {@code tenon.isolation}. */
final class OwnedTables {

  private OwnedTables() {}

  /**
   * The tables, each behind those that its foreign keys refer to, as far as these do not go round
   * in a circle.
   *
   * @throws ServerException if a table has a tenant column but no declaration, or inherits from a
   *     declared one
   */
  static List<OwnedTable> parentsFirst(Transaction transaction) {
    return ordered(transaction, ForeignKeys::parentsFirst);
  }

  /**
   * The tables in the order in which one transaction can fill them.
   *
   * @throws ServerException if a table has a tenant column but no declaration, or if foreign keys
   *     that cannot wait go round in a circle
   */
  static List<OwnedTable> fillable(Transaction transaction) {
    return ordered(transaction, ForeignKeys::fillable);
  }

  /**
   * The tables in the order in which they can be emptied; those of a circle in one transaction.
   *
   * @throws ServerException as {@link #fillable}
   */
  static List<List<OwnedTable>> erasable(Transaction transaction) {
    return ordered(transaction, ForeignKeys::erasable);
  }

  private static <R> R ordered(Transaction transaction, Function<ForeignKeys, R> order) {
    return transaction.jdbc(
        connection -> {
          String chunks = noChunks(connection);
          refuseChildren(connection, chunks);
          refuseUndeclared(connection, chunks);
          return order.apply(ForeignKeys.between(connection, declared(connection)));
        });
  }

  /**
   * Read through its parent, a child loses its own columns, and comes back as rows of the parent.
   */
  private static void refuseChildren(Connection connection, String chunks) throws SQLException {
    String mends =
        line(
            connection,
            """
            select string_agg(format('alter table %s no inherit %s', c.oid::regclass, h.inhparent::regclass),
                     '; ' order by n.nspname, c.relname)
              from tenon.isolation i
              join pg_catalog.pg_inherits h on h.inhparent = coalesce(i.base, i.relation)
              join pg_catalog.pg_class c on c.oid = h.inhrelid
              join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where i.kind <> 'SHARED' and not c.relispartition and c.relkind in ('r', 'p', 'f')
               and n.nspname !~ '^_timescaledb_'
            """
                + chunks);
    if (mends != null) {
      throw new ServerException(
          Problem.what("tables inherit from tables of tenants")
              .where("tenon.isolation")
              .why("what only they have would be left out, and their rows would be counted twice")
              .fix(
                  "take each out as the owner (%s), and declare it as a TenantTable"
                      .formatted(mends)));
    }
  }

  private static void refuseUndeclared(Connection connection, String chunks) throws SQLException {
    String undeclared =
        line(
            connection,
            """
            with marked as materialized (
            %s)
            select string_agg(c.oid::regclass::text, ', ' order by c.oid::regclass::text)
              from pg_catalog.pg_class c
              join pg_catalog.pg_namespace n on n.oid = c.relnamespace
              join marked m on m.oid = c.oid
             where c.relkind in ('r', 'p')
               and not c.relispartition
               and n.nspname not in ('tenon', 'information_schema')
               and n.nspname !~ '^(pg_|_timescaledb_)'
               and not exists (select from tenon.isolation i where c.oid in (i.relation, i.base))
               and not exists (select from pg_catalog.pg_depend d
                                where d.objid = c.oid and d.deptype = 'e')
            """
                    .replace("%s", TenantColumns.QUERY)
                + chunks);
    if (undeclared != null) {
      throw new ServerException(
          Problem.what("tables with a tenant column are not declared: " + undeclared)
              .where("tenon.isolation")
              .why("what is not declared would be left out")
              .fix("declare each as a TenantTable and run its SQL"));
    }
  }

  /** A condition that a table is no chunk of TimescaleDB, which may lie in any schema. */
  private static String noChunks(Connection connection) throws SQLException {
    return line(connection, "select to_regclass('_timescaledb_catalog.chunk')::text") == null
        ? ""
        : """
          and not exists (select from _timescaledb_catalog.chunk k
                           where k.schema_name = n.nspname and k.table_name = c.relname)
          """;
  }

  private static @Nullable String line(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getString(1);
    }
  }

  /**
   * First those with a trigger on INSERT: it writes to a table that is not filled yet, if the keys
   * allow.
   */
  private static Map<Long, OwnedTable> declared(Connection connection) throws SQLException {
    Map<Long, OwnedTable> tables = new LinkedHashMap<>();
    try (PreparedStatement statement =
            connection.prepareStatement(
                """
                select c.oid, n.nspname, c.relname, i.tenant_column,
                       array(select a.attname
                               from pg_catalog.pg_attribute a
                              where a.attrelid = c.oid and a.attnum > 0
                                and not a.attisdropped and a.attgenerated = ''
                              order by a.attnum),
                       array(select case
                                      when exists (
                                        with recursive base (type) as (
                                          select a.atttypid
                                          union all
                                          select d.typbasetype
                                            from base
                                            join pg_catalog.pg_type d
                                              on d.oid = base.type and d.typtype = 'd')
                                        select from base where type in ('json'::regtype, 'jsonb'::regtype))
                                      then 'json'
                                      else pg_catalog.format_type(a.atttypid, a.atttypmod)
                                    end
                               from pg_catalog.pg_attribute a
                              where a.attrelid = c.oid and a.attnum > 0
                                and not a.attisdropped and a.attgenerated = ''
                              order by a.attnum),
                       array(select a.attname
                               from pg_catalog.pg_index x
                              cross join unnest(x.indkey) with ordinality k (number, place)
                               join pg_catalog.pg_attribute a
                                 on a.attrelid = c.oid and a.attnum = k.number
                              where x.indrelid = c.oid and x.indisprimary
                              order by k.place)
                  from tenon.isolation i
                  join pg_catalog.pg_class c on c.oid = coalesce(i.base, i.relation)
                  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                 where i.kind <> 'SHARED'
                 order by exists (select from pg_catalog.pg_trigger t
                                   where t.tgrelid = c.oid and not t.tgisinternal
                                     and t.tgtype & 4 <> 0) desc,
                          n.nspname, c.relname
                """);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        tables.put(
            rows.getLong(1),
            new OwnedTable(
                rows.getString(2),
                rows.getString(3),
                rows.getString(4),
                columns(names(rows, 5), names(rows, 6)),
                names(rows, 7)));
      }
    }
    return tables;
  }

  private static List<OwnedTable.Column> columns(List<String> names, List<String> types) {
    return IntStream.range(0, names.size())
        .mapToObj(i -> new OwnedTable.Column(names.get(i), types.get(i)))
        .toList();
  }

  private static List<String> names(ResultSet row, int column) throws SQLException {
    return Arrays.asList((String[]) row.getArray(column).getArray());
  }
}
