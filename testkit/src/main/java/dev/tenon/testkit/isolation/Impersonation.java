package dev.tenon.testkit.isolation;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A transaction of the superuser's, never committed, in which statements run as the application.
 *
 * <p>So the rows of the other tenant can be compared before and after a statement that runs with
 * other rights than the application's, and taken away to see whether an answer hangs on them.
 */
record Impersonation(
    Connection connection, String application, String path, TenantId self, TenantId other)
    implements AutoCloseable {

  static final String CONDITION = "in a transaction of the superuser's";

  /** Attacks under a change that is undone. */
  interface Attack {
    void run() throws SQLException;
  }

  static Impersonation begin(TestDatabase database, Credentials role, TenantId self, TenantId other)
      throws SQLException {
    String path;
    try (Connection application = database.dataSource(role).getConnection();
        Statement statement = application.createStatement();
        ResultSet row = statement.executeQuery("show search_path")) {
      row.next();
      path = row.getString(1);
    }
    Connection connection = database.dataSource(database.superuser()).getConnection();
    connection.setAutoCommit(false);
    Impersonation begun = new Impersonation(connection, role.user(), path, self, other);
    begun.execute("set local statement_timeout = '10s'");
    begun.execute("set constraints all immediate");
    return begun;
  }

  /**
   * What came of a statement.
   *
   * @param rows what it returned, as text and sorted; its SQLSTATE and message if it was refused
   * @param count of rows returned or changed
   * @param touched whether it changed rows of the other tenant
   */
  record Answer(Outcome outcome, List<String> rows, long count, boolean touched) {

    boolean isSameAs(@Nullable Answer other) {
      return other != null && rows.equals(other.rows) && count == other.count;
    }

    boolean isRefusedWith(String sqlState) {
      return outcome instanceof Outcome.Refused refused && refused.sqlState().equals(sqlState);
    }

    boolean isRefusedByConstraint() {
      return outcome instanceof Outcome.Refused refused && refused.byConstraint();
    }

    /** It ran, or the fence stopped it: not a chance that was in the way. */
    boolean isDecided() {
      return !(outcome instanceof Outcome.Refused refused) || refused.byTheFence();
    }
  }

  /** Runs a statement as the application's role and the attacking tenant, and undoes it. */
  Answer ask(TargetsDigest digest, String sql, List<? extends @Nullable Object> values)
      throws SQLException {
    return ask(digest, List.of(), sql, values);
  }

  /** The same; it returns what the attacker has in some tables afterwards. */
  Answer write(TargetsDigest digest, List<TargetTable> written, String sql) throws SQLException {
    return ask(digest, written, sql, List.of());
  }

  private Answer ask(
      TargetsDigest digest,
      List<TargetTable> written,
      String sql,
      List<? extends @Nullable Object> values)
      throws SQLException {
    String before = digest.of(connection, other);
    Savepoint savepoint = connection.setSavepoint();
    try {
      become();
      List<String> rows = new ArrayList<>();
      long count = run(sql, values, rows);
      execute("reset session authorization");
      rows.addAll(ownRows(written));
      boolean touched = !before.equals(digest.of(connection, other));
      return new Answer(new Outcome.Done(count), rows.stream().sorted().toList(), count, touched);
    } catch (SQLException error) {
      return new Answer(
          Outcome.of(error), List.of(error.getSQLState() + " " + error.getMessage()), 0, false);
    } finally {
      connection.rollback(savepoint);
      connection.releaseSavepoint(savepoint);
    }
  }

  /** What the attacker has in some tables, as the superuser sees it. */
  List<String> ownRows(List<TargetTable> tables) throws SQLException {
    List<String> own = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      for (TargetTable table : tables) {
        try (ResultSet row =
            statement.executeQuery(
                "select t::text from %s t where %s".formatted(table.base(), is(table, self)))) {
          while (row.next()) {
            own.add(table.base() + row.getString(1));
          }
        }
      }
    }
    return own;
  }

  /** Whether a row follows one of the attacker's. */
  boolean hasFollowers(TargetTable table, Cascade cascade) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select exists (select from %s t join %s f on %s where t.%s)"
                    .formatted(table.base(), cascade.table(), cascade.match(), is(table, self)))) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private void become() throws SQLException {
    execute("set session authorization " + TargetTable.quoted(application));
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select set_config('app.current_tenant', ?, true), set_config('search_path', ?, true)
            """)) {
      statement.setString(1, self.toString());
      statement.setString(2, path);
      statement.execute();
    }
  }

  private long run(String sql, List<? extends @Nullable Object> values, List<String> rows)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.size(); i++) {
        Object value = values.get(i);
        if (value == null) {
          statement.setNull(i + 1, Types.VARCHAR);
        } else {
          statement.setObject(i + 1, value instanceof TenantId tenant ? tenant.value() : value);
        }
      }
      if (!statement.execute()) {
        return statement.getLargeUpdateCount();
      }
      try (ResultSet returned = statement.getResultSet()) {
        while (returned.next()) {
          StringBuilder row = new StringBuilder();
          for (int i = 1; i <= returned.getMetaData().getColumnCount(); i++) {
            row.append(returned.getString(i)).append('\t');
          }
          rows.add(row.toString());
        }
      }
      return rows.size();
    }
  }

  /** Runs a statement as the superuser; false, and nothing changed, if it is refused. */
  boolean tried(String sql) throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    try {
      execute(sql);
      return true;
    } catch (SQLException refused) {
      connection.rollback(savepoint);
      return false;
    } finally {
      connection.releaseSavepoint(savepoint);
    }
  }

  /** A row of the other's with a value in each of these columns, as JSON, or null. */
  @Nullable String rowWith(TargetTable table, List<String> columns) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select to_jsonb(t)::text from %s t where %s%s limit 1"
                    .formatted(
                        table.base(),
                        is(table, other),
                        columns.stream()
                            .map(column -> " and " + TargetTable.quoted(column) + " is not null")
                            .collect(Collectors.joining())))) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** Attacks while the attacker has no row with the values that a row of the other's has. */
  void withoutTwinOf(TargetTable table, List<String> columns, String theirs, Attack attack)
      throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    unhindered(
        "delete from %s t where %s and to_jsonb(t) @> (select jsonb_object_agg(key, value) from jsonb_each(%s::jsonb) where key = any (array[%s]))"
            .formatted(
                table.base(),
                is(table, self),
                TargetTable.literal(theirs),
                columns.stream().map(TargetTable::literal).collect(Collectors.joining(", "))));
    attack.run();
    connection.rollback(savepoint);
    connection.releaseSavepoint(savepoint);
  }

  /** Attacks while a tenant has no rows in some tables; foreign keys and triggers do not object. */
  void without(List<TargetTable> tables, TenantId tenant, Attack attack) throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    for (TargetTable table : tables) {
      takeAway(table, tenant);
    }
    attack.run();
    connection.rollback(savepoint);
    connection.releaseSavepoint(savepoint);
  }

  /** False if they are still there. */
  boolean takeAway(TargetTable table, TenantId tenant) throws SQLException {
    return unhindered("delete from %s where %s".formatted(table.base(), is(table, tenant)))
        && count(table, tenant) == 0;
  }

  /** Attacks while the other's rows have a value in a column, if they can have it. */
  void varied(TargetTable table, String column, String value, Attack attack) throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    if (unhindered(
        "update %s set %s = %s where %s"
            .formatted(table.base(), TargetTable.quoted(column), value, is(table, other)))) {
      attack.run();
    }
    connection.rollback(savepoint);
    connection.releaseSavepoint(savepoint);
  }

  private boolean unhindered(String sql) throws SQLException {
    execute("set local session_replication_role = replica");
    boolean done = tried(sql);
    execute("set local session_replication_role = origin");
    return done;
  }

  private static String is(TargetTable table, TenantId tenant) {
    return table.tenant() + " = " + TargetTable.literal(tenant.toString());
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long count(TargetTable table, TenantId tenant) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select count(*) from %s where %s".formatted(table.base(), is(table, tenant)))) {
      row.next();
      return row.getLong(1);
    }
  }

  @Override
  public void close() throws SQLException {
    try (connection) {
      connection.rollback();
    }
  }

  /** A digest of all rows that a tenant has, as one query. */
  record TargetsDigest(String sql, int tables) {

    static final TargetsDigest NONE = new TargetsDigest("", 0);

    static TargetsDigest of(List<TargetTable> tables) {
      return new TargetsDigest(
          tables.stream()
              .map(
                  table ->
                      """
                      (select count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0)
                         from %s t where %s = ?)
                      """
                          .formatted(table.base(), table.tenant()))
              .collect(Collectors.joining(" || ',' || ", "select '' || ", "")),
          tables.size());
    }

    private String of(Connection connection, TenantId tenant) throws SQLException {
      if (tables == 0) {
        return "";
      }
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        for (int i = 1; i <= tables; i++) {
          statement.setObject(i, tenant.value());
        }
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          return row.getString(1);
        }
      }
    }
  }
}
