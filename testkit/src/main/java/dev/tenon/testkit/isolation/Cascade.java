package dev.tenon.testkit.isolation;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A foreign key, and what it does to the referring rows when those that they refer to change.
 *
 * @param table whose rows refer, quoted
 * @param target the table that they refer to, quoted
 * @param falls whether the rows are deleted with theirs
 * @param followsDelete whether they are deleted or changed with a row that is deleted
 * @param followsUpdate whether they are changed with a key that changes
 * @param columns of the target
 * @param match of a referring row {@code f} and a row {@code t} of the target, as SQL
 * @param hasCode whether triggers or rules of the schema's own stand on the table
 */
record Cascade(
    String name,
    String table,
    String target,
    boolean falls,
    boolean followsDelete,
    boolean followsUpdate,
    List<String> columns,
    String match,
    boolean hasCode) {

  static List<Cascade> read(Connection superuser) throws SQLException {
    List<Cascade> cascades = new ArrayList<>();
    try (Statement statement = superuser.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text,
                       k.confdeltype = 'c', k.confdeltype in ('c', 'n', 'd'),
                       k.confupdtype in ('c', 'n', 'd'), p.columns, p.match,
                       exists (select from pg_catalog.pg_trigger t
                                where t.tgrelid = k.conrelid and not t.tgisinternal
                                  and t.tgtype & 2 = 2)
                         or exists (select from pg_catalog.pg_rewrite w
                                     where w.ev_class = k.conrelid)
                  from pg_catalog.pg_constraint k
                 cross join lateral (
                   select array_agg(y.attname) as columns,
                          string_agg(format('f.%I = t.%I', x.attname, y.attname), ' and ') as match
                     from unnest(k.conkey, k.confkey) as u (here, there)
                     join pg_catalog.pg_attribute x
                       on x.attrelid = k.conrelid and x.attnum = u.here
                     join pg_catalog.pg_attribute y
                       on y.attrelid = k.confrelid and y.attnum = u.there) p
                 where k.contype = 'f' and k.conparentid = 0
                 order by 2, 1
                """)) {
      while (rows.next()) {
        cascades.add(
            new Cascade(
                rows.getString(1),
                rows.getString(2),
                rows.getString(3),
                rows.getBoolean(4),
                rows.getBoolean(5),
                rows.getBoolean(6),
                Arrays.asList((String[]) rows.getArray(7).getArray()),
                rows.getString(8),
                rows.getBoolean(9)));
      }
    }
    return cascades;
  }
}
