package dev.tenon.testkit;

import com.zaxxer.hikari.HikariDataSource;
import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.OpenSession;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * What a test has left behind: sessions, transactions, locks, and state on pooled connections.
 *
 * <p>Only a session itself can tell its settings and temporary tables, so every idle connection of
 * the test's pool is asked, in one round trip each; the server tells of the others. A temporary
 * table of another role is kept by a function of that role, as the stage of bulk loads is.
 */
final class LeakCheck {

  /** What the test's own pool calls itself, so that a connection being opened is known as its. */
  static final String POOL = "tenon-test-pool";

  /** A closed session takes a moment to leave the server. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final long TURN = Duration.ofMillis(1).toNanos();

  /** No view of the server lists them; these are those that something in the database reads. */
  private static final String CUSTOM_SETTINGS =
      """
      select distinct pg_catalog.lower(found[1])
      from (select prosrc from pg_catalog.pg_proc
            where oid >= 16384 and prosrc ~* 'current_setting'
            union all
            select pg_catalog.pg_get_function_sqlbody(oid) from pg_catalog.pg_proc
            where oid >= 16384 and prosqlbody is not null
            union all
            select pg_catalog.pg_get_expr(polqual, polrelid) from pg_catalog.pg_policy
            union all
            select pg_catalog.pg_get_expr(polwithcheck, polrelid) from pg_catalog.pg_policy
            union all
            select pg_catalog.pg_get_expr(adbin, adrelid) from pg_catalog.pg_attrdef
            union all
            select pg_catalog.pg_get_viewdef(c.oid) from pg_catalog.pg_class c
            where c.oid >= 16384 and c.relkind in ('v', 'm')
              and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid
                and d.classid = 'pg_catalog.pg_class'::regclass and d.deptype = 'e')) as code (sql),
        pg_catalog.regexp_matches(
          sql, $$current_setting\\s*\\(\\s*'(\\w+\\.[\\w.]+)'$$, 'gi') as found
      """;

  private static final String LEFT_BEHIND =
      """
      select (select string_agg(name || ' = ' || value, ', ' order by name)
         from pg_catalog.unnest(?) as name,
           nullif(pg_catalog.current_setting(name, true), '') as value
         where value is not null
           and name not in (select s.name from pg_catalog.pg_settings as s) and not exists (
           select from pg_catalog.pg_db_role_setting where name || '=' || value = any (setconfig)
         )) as custom,
        nullif(current_user, session_user)::text as role,
        (select string_agg(name || ' = ' || setting, ', ' order by name) from pg_catalog.pg_settings
         where source = 'session' and setting is distinct from reset_val
           and name <> 'application_name') as settings,
        (select string_agg(relname, ', ' order by relname) from pg_catalog.pg_class
         where relnamespace = pg_catalog.pg_my_temp_schema() and relkind in ('r', 'v', 'S')
           and relowner = (select oid from pg_catalog.pg_roles where rolname = session_user)) as temporary
      """;

  private final TestDatabase database;
  private final List<Problem> leaks = new ArrayList<>();
  private final Set<Integer> pooled = new HashSet<>();
  private final Set<String> customSettings = new TreeSet<>();
  private List<OpenSession> sessions = List.of();

  private LeakCheck(TestDatabase database) {
    this.database = database;
  }

  /** The leaks of a test that used a database and, if it asked for one, the pool on it. */
  static List<Problem> after(TestDatabase database, @Nullable Database application) {
    LeakCheck check = new LeakCheck(database);
    if (application != null
        && application.unwrap(DataSource.class) instanceof HikariDataSource pool
        && !pool.isClosed()) {
      check.pool(pool);
    }
    check.sessions();
    return check.leaks;
  }

  private void pool(HikariDataSource pool) {
    if (!comesTrue(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0)) {
      leaks.add(
          Problem.what(
                  pool.getHikariPoolMXBean().getActiveConnections()
                      + " connections of the pool are still lent")
              .where("the pool of the test's Database")
              .why("a cursor, a stream or a connection was opened and not closed")
              .fix("open it in try-with-resources"));
    }
    List<Connection> borrowed = new ArrayList<>();
    try {
      for (int left = pool.getHikariPoolMXBean().getIdleConnections(); left > 0; left--) {
        Connection connection = pool.getConnection();
        borrowed.add(connection);
        if (customSettings.isEmpty()) {
          customSettings.add(TenantId.SETTING);
          findCustomSettings(connection);
        }
        ask(connection);
      }
    } catch (SQLException error) {
      // A connection that was cut carries nothing to the next borrower.
      if (!borrowed.isEmpty() && isAlive(borrowed.get(borrowed.size() - 1))) {
        throw new IllegalStateException("a pooled connection could not be asked", error);
      }
    } finally {
      borrowed.forEach(LeakCheck::giveBack);
    }
  }

  private void findCustomSettings(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet names = statement.executeQuery(CUSTOM_SETTINGS)) {
      while (names.next()) {
        customSettings.add(names.getString(1));
      }
    }
  }

  private void ask(Connection connection) throws SQLException {
    int process = connection.unwrap(PGConnection.class).getBackendPID();
    pooled.add(process);
    try (PreparedStatement statement = connection.prepareStatement(LEFT_BEHIND)) {
      statement.setArray(1, connection.createArrayOf("text", customSettings.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        String fix = "set it for one transaction: set local, set_config(…, true), or withSetting";
        add(process, "custom settings are set", row.getString("custom"), fix);
        add(process, "settings differ from the start", row.getString("settings"), fix);
        add(process, "the role was changed", row.getString("role"), "use set local role");
        add(
            process,
            "temporary tables exist",
            row.getString("temporary"),
            "create them in a transaction, on commit drop");
      }
    }
  }

  private void add(int process, String fact, @Nullable String what, String fix) {
    if (what != null) {
      leaks.add(
          Problem.what(fact + " on a pooled connection: " + what)
              .where("the pool of the test's Database, server process " + process)
              .why("it was done for the session, which the next borrower of the connection gets")
              .fix(fix));
    }
  }

  private void sessions() {
    // One look is judged: the pool goes on opening connections, nameless at first.
    comesTrue(
        () -> {
          sessions = database.openSessions();
          return sessions.stream().allMatch(this::isPooled);
        });
    for (OpenSession session : sessions) {
      String where =
          "server process %d of %s, application %s%s"
              .formatted(
                  session.processId(),
                  session.user(),
                  session.application(),
                  lastStatement(session));
      if (!isPooled(session)) {
        leaks.add(
            Problem.what("a session is still open, " + session.state())
                .where(where)
                .why("a connection, a data source or a Database was opened and not closed")
                .fix("open it in try-with-resources, or close it in @AfterEach"));
      } else if (session.state().startsWith("idle in transaction")) {
        leaks.add(
            Problem.what("a transaction is still open")
                .where(where)
                .why("a connection with autocommit off was neither committed nor rolled back")
                .fix("use session.transaction(…), or close the connection"));
      }
      if (session.advisoryLocks() > 0) {
        leaks.add(
            Problem.what(session.advisoryLocks() + " advisory locks are still held")
                .where(where)
                .why("a lock of the session outlives the transaction and the borrower")
                .fix("take it with pg_advisory_xact_lock, or unlock it in a finally"));
      }
    }
  }

  /** Of a connection that was asked the last statement is the question. */
  private String lastStatement(OpenSession session) {
    return pooled.contains(session.processId())
        ? ""
        : ", last statement: " + Problem.excerpt(session.statement());
  }

  private boolean isPooled(OpenSession session) {
    return pooled.contains(session.processId()) || session.application().equals(POOL);
  }

  private static boolean comesTrue(BooleanSupplier condition) {
    long deadline = System.nanoTime() + GRACE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(TURN);
    }
    return true;
  }

  private static boolean isAlive(Connection connection) {
    try {
      return connection.isValid(1);
    } catch (SQLException dead) {
      return false;
    }
  }

  private static void giveBack(Connection connection) {
    try {
      connection.close();
    } catch (SQLException dead) {
      // The pool replaces it.
    }
  }

  static String message(List<Problem> leaks) {
    return leaks.stream()
        .map(Problem::message)
        .collect(
            Collectors.joining(
                "\n",
                "the test left something behind; if it must, say why in"
                    + " @TenonTest(leaksAllowedBecause = …)\n",
                ""));
  }
}
