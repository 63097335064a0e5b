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
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The publication and the slot of a capture.
 *
 * <p>What a new slot, or a table that is new to the publication, did not see may be cached: so the
 * entities are forgotten behind it, and only then the publication is noted to cover them, in its
 * comment. Whoever finds no note, or another one, does all of it again.
 *
 * @param name of the publication and of the slot
 */
record CaptureSetup(String name, List<CapturedTable> tables) {

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

  private static final String SLOT =
      """
      select s.active, s.plugin = 'pgoutput' and s.database = current_database() as ours,
             s.wal_status, s.safe_wal_size,
             pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint as retained
        from pg_replication_slots s
       where s.slot_name = ?
      """;

  private static final String COVERAGE =
      """
      select coalesce(obj_description(p.oid, 'pg_publication'), '') as coverage
        from pg_publication p
       where p.pubname = ?
      """;

  /**
   * The slot as the server sees it.
   *
   * @param status {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}
   * @param safeBytes what may be written before the slot is lost; empty where nothing bounds it
   */
  record Slot(
      boolean active, boolean ours, String status, Optional<Long> safeBytes, long retainedBytes) {

    boolean isLost() {
      return status.equals("lost");
    }
  }

  /** Forgets every value of the entities. */
  @FunctionalInterface
  interface Forgetting {
    void run();
  }

  /**
   * Refuses what cannot work.
   *
   * @return whether nothing bounds what the slot may retain
   */
  boolean check(Connection connection) throws SQLException {
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
    for (CapturedTable table : tables) {
      check(connection, table);
    }
    return unbounded;
  }

  private static void check(Connection connection, CapturedTable table) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
      statement.setString(1, table.schema());
      statement.setString(2, table.table());
      try (ResultSet row = statement.executeQuery()) {
        boolean found = row.next();
        require(
            found && row.getBoolean("stored"),
            "there is no table " + table.name(),
            "changes are those of tables, not of views",
            "name the table behind the view or the fence");
        require(
            row.getBoolean("owned"),
            "the table " + table.name() + " belongs to another role",
            "only its owner publishes a table",
            "start the capture as the owner");
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

  /** Makes what is missing; after this the slot sees every change of what may be cached. */
  void ensure(Connection connection, Forgetting forgetting) throws SQLException {
    ask(connection, "select pg_advisory_lock(hashtextextended('tenon.capture ' || ?, 0))", name);
    try {
      Optional<Slot> slot = slot(connection);
      require(
          slot.map(Slot::ours).orElse(true),
          "the slot " + name + " is of another database or plugin",
          "names of slots are those of the whole server",
          "name the capture differently");
      if (slot.isPresent() && !slot.get().isLost() && coverage().equals(noted(connection))) {
        return;
      }
      publish(connection);
      if (slot.map(Slot::isLost).orElse(false)) {
        ask(connection, "select pg_drop_replication_slot(?)", name);
      }
      if (slot.isEmpty() || slot.get().isLost()) {
        ask(
            connection,
            "select pg_create_logical_replication_slot(?, 'pgoutput', false, false, true)",
            name);
      }
      forgetting.run();
      run(connection, "comment on publication " + quoted(name) + " is " + literal(coverage()));
    } finally {
      if (!connection.isClosed()) {
        ask(
            connection,
            "select pg_advisory_unlock(hashtextextended('tenon.capture ' || ?, 0))",
            name);
      }
    }
  }

  /** Ends the capture for good. */
  void remove(Connection connection) throws SQLException {
    ask(
        connection,
        "select pg_drop_replication_slot(s.slot_name) from pg_replication_slots s"
            + " where s.slot_name = ?",
        name);
    run(connection, "drop publication if exists " + quoted(name));
  }

  Optional<Slot> slot(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SLOT)) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        long safe = row.getLong("safe_wal_size");
        Optional<Long> safeBytes = row.wasNull() ? Optional.empty() : Optional.of(safe);
        String status = row.getString("wal_status");
        return Optional.of(
            new Slot(
                row.getBoolean("active"),
                row.getBoolean("ours"),
                status == null ? "lost" : status,
                safeBytes,
                row.getLong("retained")));
      }
    }
  }

  /** The note is taken away first: what follows may end in between. */
  private void publish(Connection connection) throws SQLException {
    String all =
        tables.stream()
            .map(table -> quoted(table.schema()) + "." + quoted(table.table()))
            .distinct()
            .collect(Collectors.joining(", "));
    if (noted(connection) == null) {
      run(connection, "create publication " + quoted(name) + " for table " + all);
    } else {
      run(connection, "comment on publication " + quoted(name) + " is null");
      run(connection, "alter publication " + quoted(name) + " set table " + all);
    }
    run(
        connection,
        "alter publication "
            + quoted(name)
            + " set (publish = 'insert, update, delete, truncate', publish_via_partition_root)");
  }

  private String coverage() {
    return tables.stream()
        .map(CapturedTable::coverage)
        .sorted()
        .collect(Collectors.joining(", ", "tenon cache: ", ""));
  }

  private @Nullable String noted(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(COVERAGE)) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  private static void ask(Connection connection, String sql, String text) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, text);
      statement.execute();
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String quoted(String identifier) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.quotedName(identifier));
  }

  private static String literal(String text) {
    return DSL.using(SQLDialect.POSTGRES).renderInlined(DSL.inline(text));
  }

  private static void require(boolean holds, String what, String why, String fix) {
    if (!holds) {
      throw new UsageException(Problem.what(what).where(WHERE).why(why).fix(fix));
    }
  }
}
