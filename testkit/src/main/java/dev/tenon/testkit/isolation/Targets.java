package dev.tenon.testkit.isolation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What there is to attack, read from the catalogue by the superuser.
 *
 * @param lost declared tables that no longer have their tenant column
 */
record Targets(
    List<TargetTable> tables,
    List<Leak> lost,
    List<Undeclared> undeclared,
    List<String> views,
    List<String> materialized,
    List<WritableView> writableViews,
    List<Routine> routines,
    List<Cascade> cascades) {

  Map<String, TargetTable> byBase() {
    return tables.stream().collect(Collectors.toMap(TargetTable::base, Function.identity()));
  }

  static Targets read(Connection connection, String application) throws SQLException {
    List<TargetTable> tables = new ArrayList<>();
    List<Leak> lost = new ArrayList<>();
    try (PreparedStatement statement =
            connection.prepareStatement(
                """
                select i.kind = 'FENCE',
                       exists (select
                              from pg_catalog.pg_options_to_table(c.reloptions) x
                             where x.option_name = 'security_barrier'
                               and x.option_value::boolean),
                       i.relation::text, coalesce(i.base, i.relation)::text,
                       i.tenant_column, coalesce(i.base, i.relation)::oid,
                       exists (select
                                 from pg_catalog.pg_attribute a
                                where a.attrelid = coalesce(i.base, i.relation)
                                  and a.attname = i.tenant_column and not a.attisdropped),
                       array(select p.name
                               from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p (name)
                              where pg_catalog.has_schema_privilege(?1, c.relnamespace, 'USAGE')
                                and case p.name
                                  when 'SELECT' then exists (
                                    select
                                      from pg_catalog.pg_attribute a
                                     where a.attrelid = c.oid and a.attname = i.tenant_column
                                       and pg_catalog.has_column_privilege(
                                         ?1, c.oid, a.attnum, 'SELECT'))
                                  when 'DELETE'
                                    then pg_catalog.has_table_privilege(?1, c.oid, p.name)
                                  else pg_catalog.has_any_column_privilege(?1, c.oid, p.name)
                                end)
                  from tenon.isolation i
                  join pg_catalog.pg_class c on c.oid = i.relation
                 where i.kind <> 'SHARED'
                 order by i.relation::text
                """
                    .replace("?1", TargetTable.literal(application)));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        long oid = rows.getLong(6);
        String tenant = rows.getString(5);
        if (!rows.getBoolean(7)) {
          lost.add(
              new Leak(
                  rows.getString(3),
                  "look for its tenant",
                  "the catalogue",
                  "its tenant column " + tenant + " is gone; every tenant has every row"));
          continue;
        }
        tables.add(
            new TargetTable(
                rows.getBoolean(1),
                rows.getBoolean(2),
                rows.getString(3),
                rows.getString(4),
                tenant,
                columns(connection, oid),
                types(connection, oid),
                key(connection, oid, tenant),
                uniqueKeys(connection, oid, tenant),
                references(connection, oid, tenant),
                children(connection, oid),
                decisive(connection, oid, tenant),
                asked(connection, oid),
                names(rows, 8)));
      }
    }
    return new Targets(
        tables,
        lost,
        Undeclared.read(connection, application),
        views(connection, application, "v', 'm', 'f"),
        views(connection, application, "m"),
        WritableView.read(connection, application),
        Routine.read(connection, application),
        Cascade.read(connection));
  }

  private static List<String> columns(Connection connection, long table) throws SQLException {
    return texts(
        connection,
        """
        select a.attname
          from pg_catalog.pg_attribute a
         where a.attrelid = ? and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         order by a.attnum
        """,
        table);
  }

  private static List<String> types(Connection connection, long table) throws SQLException {
    return texts(
        connection,
        """
        select pg_catalog.format_type(a.atttypid, null)
          from pg_catalog.pg_attribute a
         where a.attrelid = ? and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         order by a.attnum
        """,
        table);
  }

  private static List<TargetTable.Column> key(Connection connection, long table, String tenant)
      throws SQLException {
    List<TargetTable.Column> key = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select a.attname, pg_catalog.format_type(a.atttypid, null)
              from pg_catalog.pg_index x
             cross join unnest(x.indkey) with ordinality k (number, place)
              join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number
             where x.indrelid = ? and x.indisprimary and a.attname <> ?
             order by k.place
            """)) {
      statement.setLong(1, table);
      statement.setString(2, tenant);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          key.add(new TargetTable.Column(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return key;
  }

  private static List<TargetTable.UniqueKey> uniqueKeys(
      Connection connection, long table, String tenant) throws SQLException {
    List<TargetTable.UniqueKey> keys = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select x.indexrelid::regclass::text,
                   array(select a.attname
                           from unnest(x.indkey) k (number)
                           join pg_catalog.pg_attribute a
                             on a.attrelid = x.indrelid and a.attnum = k.number
                          where a.attname <> ?)
              from pg_catalog.pg_index x
             where x.indrelid = ? and x.indisunique and 0 <> all (x.indkey)
             order by 1
            """)) {
      statement.setString(1, tenant);
      statement.setLong(2, table);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          keys.add(new TargetTable.UniqueKey(rows.getString(1), names(rows, 2)));
        }
      }
    }
    return keys;
  }

  private static List<TargetTable.Reference> references(
      Connection connection, long table, String tenant) throws SQLException {
    List<TargetTable.Reference> references = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select k.conname, k.confrelid::regclass::text, i.tenant_column,
                   array(select a.attname
                           from unnest(k.conkey, k.confkey) with ordinality p (mine, theirs, place)
                           join pg_catalog.pg_attribute a
                             on a.attrelid = k.conrelid and a.attnum = p.mine
                          where a.attname <> ? order by p.place),
                   array(select a.attname
                           from unnest(k.conkey, k.confkey) with ordinality p (mine, theirs, place)
                           join pg_catalog.pg_attribute a
                             on a.attrelid = k.confrelid and a.attnum = p.theirs
                           join pg_catalog.pg_attribute m
                             on m.attrelid = k.conrelid and m.attnum = p.mine
                          where m.attname <> ? order by p.place)
              from pg_catalog.pg_constraint k
              join tenon.isolation i
                on coalesce(i.base, i.relation) = k.confrelid and i.kind <> 'SHARED'
             where k.conrelid = ? and k.contype = 'f' and k.conparentid = 0
             order by 1
            """)) {
      statement.setString(1, tenant);
      statement.setString(2, tenant);
      statement.setLong(3, table);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          references.add(
              new TargetTable.Reference(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getString(3),
                  names(rows, 4),
                  names(rows, 5)));
        }
      }
    }
    return references;
  }

  private static List<String> children(Connection connection, long table) throws SQLException {
    return texts(
        connection,
        """
        with recursive child as (
          select inhrelid from pg_catalog.pg_inherits where inhparent = ?
          union all
          select h.inhrelid from pg_catalog.pg_inherits h join child on h.inhparent = child.inhrelid
        )
        select inhrelid::regclass::text from child order by 1
        """,
        table);
  }

  /** Columns that decide beside the tenant; of a view that was edited, any might. */
  private static List<String> decisive(Connection connection, long table, String tenant)
      throws SQLException {
    return texts(
        connection,
        """
        select distinct a.attname
          from pg_catalog.pg_attribute a
         where a.attrelid = ?1 and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
           and a.attname <> ?2
           and (exists (
               select
                 from pg_catalog.pg_policy p
                 join pg_catalog.pg_depend d
                   on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
                  and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
                where p.polrelid = a.attrelid and p.polpermissive)
             or exists (
               select
                 from tenon.isolation i
                where i.base = a.attrelid
                  and pg_catalog.pg_get_viewdef(i.relation)
                    !~ 'WHERE \\([^()]*= \\( SELECT tenon.current_tenant\\(\\) AS current_tenant\\)\\);?$'))
         order by 1
        """
            .replace("?1", Long.toString(table))
            .replace("?2", TargetTable.literal(tenant)));
  }

  private static List<String> asked(Connection connection, long table) throws SQLException {
    return texts(
        connection,
        """
        select distinct d.refobjid::regclass::text
          from pg_catalog.pg_policy p
          join pg_catalog.pg_depend d
            on d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid
           and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> p.polrelid
         where p.polrelid = ? and p.polpermissive
         order by 1
        """,
        table);
  }

  /** Views, materialised views and foreign tables that the application may read. */
  private static List<String> views(Connection connection, String application, String kinds)
      throws SQLException {
    return texts(
        connection,
        """
        select c.oid::regclass::text
          from pg_catalog.pg_class c
          join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('?2')
           and n.nspname not in ('pg_catalog', 'information_schema', 'tenon')
           and pg_catalog.has_schema_privilege(?1, n.oid, 'USAGE')
           and pg_catalog.has_any_column_privilege(?1, c.oid, 'SELECT')
           and not exists (select from tenon.isolation i where i.relation = c.oid)
           and not exists (select from pg_catalog.pg_depend d
                            where d.objid = c.oid and d.deptype = 'e')
         order by 1
        """
            .replace("?1", TargetTable.literal(application))
            .replace("?2", kinds));
  }

  private static List<String> texts(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      List<String> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
      return found;
    }
  }

  private static List<String> names(ResultSet row, int column) throws SQLException {
    return Arrays.asList((String[]) row.getArray(column).getArray());
  }
}
