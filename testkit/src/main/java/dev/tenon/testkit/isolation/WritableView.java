package dev.tenon.testkit.isolation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A view that the application may write through and that is no declared fence.
 *
 * @param name quoted
 * @param columns that can be written; all of them where only its triggers know
 */
record WritableView(String name, List<String> columns) {

  static List<WritableView> read(Connection superuser, String application) throws SQLException {
    List<WritableView> views = new ArrayList<>();
    try (PreparedStatement statement =
            superuser.prepareStatement(
                """
            select c.oid::regclass::text,
                   array(select a.attname
                           from pg_catalog.pg_attribute a
                          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                            and (pg_catalog.pg_column_is_updatable(c.oid, a.attnum, true)
                                 or pg_catalog.pg_relation_is_updatable(c.oid, true) & 20 <> 20)
                          order by a.attnum)
              from pg_catalog.pg_class c
              join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'v'
               and n.nspname !~ '^(pg_|_timescaledb_)' and n.nspname <> 'information_schema'
               and pg_catalog.pg_relation_is_updatable(c.oid, true) <> 0
               and pg_catalog.has_schema_privilege(?1, n.oid, 'USAGE')
               and (pg_catalog.has_any_column_privilege(?1, c.oid, 'INSERT, UPDATE')
                    or pg_catalog.has_table_privilege(?1, c.oid, 'DELETE'))
               and not exists (select from tenon.isolation i where i.relation = c.oid)
               and not exists (select from pg_catalog.pg_depend d
                                where d.objid = c.oid and d.deptype = 'e')
             order by 1
            """
                    .replace("?1", TargetTable.literal(application)));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        views.add(
            new WritableView(
                rows.getString(1), Arrays.asList((String[]) rows.getArray(2).getArray())));
      }
    }
    return views;
  }

  String columnList() {
    return String.join(", ", columns.stream().map(TargetTable::quoted).toList());
  }
}
