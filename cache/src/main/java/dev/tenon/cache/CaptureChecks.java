package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;

/** Refuses a server, a role and tables with which a capture cannot work. */
final class CaptureChecks {

  private static final String WHERE = "ChangeCapture.start";

  private static final String RIGHTS =
      """
      select current_setting('wal_level') = 'logical' as logical,
             (select r.rolreplication or r.rolsuper from pg_roles r where r.rolname = current_user)
               as replicates,
             current_setting('max_slot_wal_keep_size') = '-1' as unbounded
      """;

  /** The columns that the server writes of a deleted row. */
  private static final String TABLE =
      """
      select pg_has_role(c.relowner, 'usage') as owned,
             c.relkind in ('r', 'p') as stored,
             c.relkind = 'r' and exists (select 1 from pg_inherits h where h.inhparent = c.oid)
               as inherited,
             array(
               select a.attname::text
                 from pg_attribute a
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                  and (c.relreplident = 'f'
                       or a.attnum = any (
                            select unnest(i.indkey::smallint[])
                              from pg_index i
                             where i.indrelid = c.oid
                               and case c.relreplident
                                     when 'd' then i.indisprimary
                                     when 'i' then i.indisreplident
                                     else false
                                   end))) as identity
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = ? and c.relname = ?
      """;

  /**
   * The type of a column, where the server writes it otherwise than an application may hold it:
   * equal in the database and different as text, or as a setting of the session says.
   */
  private static final String UNLIKE =
      """
      with recursive base (type, next) as (
        select a.atttypid, a.atttypid
          from pg_attribute a
         where a.attrelid = to_regclass(?) and a.attname = ? and not a.attisdropped
        union all
        select t.typbasetype, t.typbasetype
          from base b
          join pg_type t on t.oid = b.next and t.typtype = 'd'
      )
      select format_type(a.atttypid, a.atttypmod) as type
        from pg_attribute a
        left join pg_collation c on c.oid = a.attcollation
       where a.attrelid = to_regclass(?) and a.attname = ? and not a.attisdropped
         and (not coalesce(c.collisdeterministic, true)
              or exists (
                   select 1
                     from base b
                     join pg_type t on t.oid = b.type
                    where t.typcategory in ('D', 'T')
                       or t.typname in ('citext', 'bytea', 'float4', 'float8', 'money', 'json',
                                        'jsonb', 'xml')))
      """;

  private CaptureChecks() {}

  /**
   * Refuses what cannot work.
   *
   * @return whether nothing bounds what the slot may retain
   */
  static boolean all(Connection connection, List<CapturedTable> tables) throws SQLException {
    boolean unbounded;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(RIGHTS)) {
      row.next();
      require(
          row.getBoolean("logical"),
          "wal_level is not logical",
          "the server writes no rows into its log that could be read",
          "set wal_level = logical and restart the server");
      require(
          row.getBoolean("replicates"),
          "the role of the capture may not replicate",
          "it reads the server's log",
          "alter role … replication");
      unbounded = row.getBoolean("unbounded");
    }
    tables(connection, tables);
    return unbounded;
  }

  /** Refuses tables that cannot be captured as they are now. */
  static void tables(Connection connection, List<CapturedTable> tables) throws SQLException {
    for (CapturedTable table : tables) {
      table(connection, table);
      if (table.isAsWritten()) {
        identifier(connection, table);
      }
    }
  }

  private static void table(Connection connection, CapturedTable table) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
      statement.setString(1, table.schema());
      statement.setString(2, table.table());
      try (ResultSet row = statement.executeQuery()) {
        boolean found = row.next();
        require(
            found && row.getBoolean("stored"),
            "there is no table " + table.name(),
            "changes are those of tables, not of views, under the names that were declared",
            "name the table behind the view or the fence, and one that was renamed by its new name");
        require(
            row.getBoolean("owned"),
            "the table " + table.name() + " belongs to another role",
            "only its owner publishes a table",
            "start the capture as the owner");
        require(
            !row.getBoolean("inherited"),
            table.name() + " has tables that inherit from it, as a hypertable has",
            "the server tells of their rows under their own names",
            "name a table without them, or one that is partitioned");
        Array identity = row.getArray("identity");
        List<Object> columns = Arrays.asList((Object[]) identity.getArray());
        require(
            columns.containsAll(table.keyColumns()),
            table.name() + " tells of a deleted row only " + columns,
            "the value is found by " + table.keyColumns(),
            "make them part of the primary key, or alter table … replica identity");
      }
    }
  }

  private static void identifier(Connection connection, CapturedTable table) throws SQLException {
    String column = table.columns().get(0);
    String regclass = CaptureSetup.quoted(table);
    try (PreparedStatement statement = connection.prepareStatement(UNLIKE)) {
      statement.setString(1, regclass);
      statement.setString(2, column);
      statement.setString(3, regclass);
      statement.setString(4, column);
      try (ResultSet row = statement.executeQuery()) {
        boolean isUnlike = row.next();
        require(
            !isUnlike,
            isUnlike
                ? table.name() + "." + column + " is of type " + row.getString("type")
                : table.name(),
            "values that the application takes for one have several texts, or another one than the"
                + " server writes",
            "call table(…) with a function that makes the identifier of the server's text, and look"
                + " values up by what it makes");
      }
    }
  }

  static void require(boolean holds, String what, String why, String fix) {
    if (!holds) {
      throw new UsageException(Problem.what(what).where(WHERE).why(why).fix(fix));
    }
  }
}
