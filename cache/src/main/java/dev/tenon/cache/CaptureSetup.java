package dev.tenon.cache;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
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

  private static final Long NOTHING = 0L;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final String SLOT =
      """
      select s.active, s.plugin = 'pgoutput' and s.database = current_database() as ours,
             s.wal_status, s.safe_wal_size,
             pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint as retained
        from pg_replication_slots s
       where s.slot_name = ?
      """;

  /** What is published, and which tables have the names of the declaration now; 0 for none. */
  private static final String PUBLISHED =
      """
      select coalesce(obj_description(p.oid, 'pg_publication'), '') as note,
             p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate and p.pubviaroot
               as complete,
             array(
               select r.prrelid::bigint from pg_publication_rel r
                where r.prpubid = p.oid and r.prqual is null and r.prattrs is null) as published,
             array(
               select coalesce(to_regclass(w.name)::oid::bigint, 0)
                 from unnest(?::text[]) with ordinality as w (name, place)
                order by w.place) as declared
        from pg_publication p
       where p.pubname = ?
      """;

  private static final String NEXT =
      "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next";

  private static final String OLDEST =
      "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest";

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

  /** Whether the publication covers the tables that have the declared names now. */
  boolean isCovering(Connection connection) throws SQLException {
    Published published = published(connection);
    return published != null && published.isWhole() && published.note().equals(note(published));
  }

  /**
   * Makes what is missing; after this the slot sees every change of what may be cached.
   *
   * @param stopping whether not to wait any longer for transactions that are older than that
   */
  void ensure(Connection connection, Forgetting forgetting, BooleanSupplier stopping)
      throws SQLException {
    ask(connection, "select pg_advisory_lock(hashtextextended('tenon.capture ' || ?, 0))", name);
    try {
      Optional<Slot> slot = slot(connection);
      CaptureChecks.require(
          slot.map(Slot::ours).orElse(true),
          "the slot " + name + " is of another database or plugin",
          "names of slots are those of the whole server",
          "name the capture differently");
      if (slot.isPresent() && !slot.get().isLost() && isCovering(connection)) {
        return;
      }
      CaptureChecks.tables(connection, tables);
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
      if (awaitOlder(connection, stopping)) {
        Published published = published(connection);
        forgetting.run();
        note(connection, published);
      }
    } finally {
      if (!connection.isClosed()) {
        ask(
            connection,
            "select pg_advisory_unlock(hashtextextended('tenon.capture ' || ?, 0))",
            name);
      }
    }
  }

  /**
   * Waits for the transactions that may have changed a table before it was published, of which the
   * slot does not tell; false where it was told to stop before.
   */
  private boolean awaitOlder(Connection connection, BooleanSupplier stopping) throws SQLException {
    long next = number(connection, NEXT);
    while (!stopping.getAsBoolean()) {
      if (number(connection, OLDEST) >= next) {
        return true;
      }
      LockSupport.parkNanos(this, PAUSE_NANOS);
    }
    return false;
  }

  private void note(Connection connection, @Nullable Published published) throws SQLException {
    if (published != null) {
      run(connection, "comment on publication " + quoted(name) + " is " + literal(note(published)));
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
        tables.stream().map(CaptureSetup::quoted).distinct().collect(Collectors.joining(", "));
    if (published(connection) == null) {
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

  /**
   * @param complete whether it publishes all kinds of changes
   * @param published the tables of which it publishes all rows and columns
   * @param declared those that have the names of {@code tables}, in their order
   */
  private record Published(
      String note, boolean complete, List<Object> published, List<Object> declared) {

    boolean isWhole() {
      return complete && !declared.contains(NOTHING) && published.containsAll(declared);
    }
  }

  private @Nullable Published published(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PUBLISHED)) {
      statement.setArray(
          1,
          connection.createArrayOf(
              "text", tables.stream().map(CaptureSetup::quoted).toArray(String[]::new)));
      statement.setString(2, name);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? new Published(
                row.getString("note"),
                row.getBoolean("complete"),
                Arrays.asList((Object[]) row.getArray("published").getArray()),
                Arrays.asList((Object[]) row.getArray("declared").getArray()))
            : null;
      }
    }
  }

  /** What is covered: a table that took the name of another is another one. */
  private String note(Published published) {
    List<String> covered = new ArrayList<>(tables.size());
    for (int i = 0; i < tables.size(); i++) {
      covered.add(tables.get(i).coverage() + "@" + published.declared().get(i));
    }
    return covered.stream().sorted().collect(Collectors.joining(", ", "tenon cache: ", ""));
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
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

  static String quoted(CapturedTable table) {
    return quoted(table.schema()) + "." + quoted(table.table());
  }

  private static String quoted(String identifier) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.quotedName(identifier));
  }

  private static String literal(String text) {
    return DSL.using(SQLDialect.POSTGRES).renderInlined(DSL.inline(text));
  }
}
