package dev.tenon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import com.zaxxer.hikari.HikariDataSource;
import dev.tenon.core.Database;
import dev.tenon.core.Transaction;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Runs small tests inside a test, to see which of them fail for what they leave behind. */
class LeakCheckTest {

  @ParameterizedTest
  @CsvSource({
    "session, a session is still open",
    "lent, 1 connections of the pool are still lent",
    "transaction, a transaction is still open",
    "lock, 1 advisory locks are still held",
    "tenant, custom settings are set on a pooled connection: app.current_tenant = acme",
    "custom, 'custom settings are set on a pooled connection: app.actor = ann, app.theme = dark'",
    "role, the role was changed on a pooled connection: ",
    "setting, settings differ from the start on a pooled connection: work_mem = ",
    "temporary, temporary tables exist on a pooled connection: scratch",
  })
  void fails_a_test_that_leaves_something_behind(String test, String what) {
    assertThat(failure(Leaking.class, test))
        .contains(what)
        .contains("where: ")
        .contains("fix: ")
        .contains("leaksAllowedBecause");
  }

  @Test
  void does_not_show_a_question_of_its_own_as_the_last_statement() {
    assertThat(failure(Leaking.class, "lock")).doesNotContain("last statement");
    assertThat(failure(Leaking.class, "session")).contains("last statement: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nothing", "defaults", "stage"})
  void passes_a_test_that_leaves_nothing_behind(String test) {
    assertThat(failure(Leaking.class, test)).isEmpty();
  }

  @Test
  void passes_a_test_that_may_leave_something_behind() {
    assertThat(failure(Allowed.class, "session")).isEmpty();
  }

  @Test
  void does_not_hide_the_failure_of_the_test() {
    assertThat(failure(Leaking.class, "own")).isEqualTo("the test's own failure");
  }

  private static String failure(Class<?> type, String method) {
    List<TestExecutionResult> results =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectMethod(type, method(type, method)))
            .execute()
            .testEvents()
            .finished()
            .map(event -> event.getRequiredPayload(TestExecutionResult.class))
            .toList();
    assertThat(results).hasSize(1);
    return results.get(0).getThrowable().map(Throwable::getMessage).orElse("");
  }

  private static java.lang.reflect.Method method(Class<?> type, String name) {
    return java.util.Arrays.stream(type.getDeclaredMethods())
        .filter(method -> method.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @TenonTest
  static class Leaking {

    /** Held, because the driver closes a connection that is collected. */
    private @Nullable Connection left;

    @Test
    void nothing(Database database, TestDatabase made) throws SQLException {
      mayMakeTemporaryTables(made);
      database.transaction(
          Transaction.Options.defaults(),
          transaction -> {
            transaction.sql().execute("create temporary table scratch (a int) on commit drop");
            transaction.sql().execute("set local work_mem = '77MB'");
            transaction.sql().fetch("select pg_advisory_xact_lock(1)");
          });
      pooled(database, "select set_config('work_mem', current_setting('work_mem'), false)");
      try (Connection connection = made.dataSource(made.owner()).getConnection()) {
        assertThat(connection.isValid(1)).isTrue();
      }
    }

    @Test
    void defaults(Database database, TestDatabase made) throws SQLException {
      try (Connection superuser = made.dataSource(made.superuser()).getConnection()) {
        for (String setting : new String[] {"work_mem = '77MB'", "app.current_tenant = 'acme'"}) {
          run(superuser, "alter database " + made.name() + " set " + setting);
        }
      }
      HikariDataSource pool = (HikariDataSource) database.unwrap(DataSource.class);
      pool.getHikariPoolMXBean().softEvictConnections();
      assertThat(database.sql().fetchValue("show app.current_tenant")).isEqualTo("acme");
    }

    @Test
    void stage(Database database, TestDatabase made) throws SQLException {
      try (Connection owner = made.dataSource(made.owner()).getConnection()) {
        run(
            owner,
            """
            create function stage() returns void language plpgsql security definer as
            'begin create temporary table stage (a int) on commit delete rows; end'
            """);
      }
      pooled(database, "select stage()");
    }

    @Test
    void session(TestDatabase made) throws SQLException {
      left = made.dataSource(made.application()).getConnection();
      assertThat(left.isValid(1)).isTrue();
    }

    @Test
    void lent(Database database) throws SQLException {
      Connection connection = database.unwrap(DataSource.class).getConnection();
      assertThat(connection.isValid(1)).isTrue();
    }

    @Test
    void transaction(Database database) throws SQLException {
      Connection connection = database.unwrap(DataSource.class).getConnection();
      connection.setAutoCommit(false);
      run(connection, "select 1");
    }

    @Test
    void lock(Database database) throws SQLException {
      pooled(database, "select pg_advisory_lock(1)");
    }

    @Test
    void tenant(Database database) throws SQLException {
      pooled(database, "select set_config('app.current_tenant', 'acme', false)");
    }

    @Test
    void setting(Database database) throws SQLException {
      pooled(database, "set work_mem = '77MB'");
    }

    @Test
    void custom(Database database, TestDatabase made) throws SQLException {
      try (Connection owner = made.dataSource(made.owner()).getConnection()) {
        run(
            owner,
            """
            create function actor() returns text stable
              return pg_catalog.current_setting( 'App.Actor', true);
            create view theme as select current_setting('app.theme', true);
            """);
      }
      pooled(database, "select set_config('app.actor', 'ann', false)");
      pooled(database, "set app.theme = 'dark'");
    }

    @Test
    void role(Database database, TestDatabase made) throws SQLException {
      String other = made.createRole("other").user();
      try (Connection superuser = made.dataSource(made.superuser()).getConnection()) {
        run(superuser, "grant " + other + " to " + made.application().user());
      }
      pooled(database, "set role " + other);
    }

    @Test
    void temporary(Database database, TestDatabase made) throws SQLException {
      mayMakeTemporaryTables(made);
      pooled(database, "create temporary table scratch (a int)");
    }

    @Test
    void own(Database database) throws SQLException {
      pooled(database, "set work_mem = '77MB'");
      throw new AssertionError("the test's own failure");
    }

    private static void mayMakeTemporaryTables(TestDatabase made) throws SQLException {
      try (Connection owner = made.dataSource(made.owner()).getConnection()) {
        run(owner, "grant temporary on database " + made.name() + " to public");
      }
    }

    private static void pooled(Database database, String sql) throws SQLException {
      try (Connection connection = database.unwrap(DataSource.class).getConnection()) {
        run(connection, sql);
      }
    }

    private static void run(Connection connection, String sql) throws SQLException {
      try (var statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
  }

  @TenonTest(leaksAllowedBecause = "it is what this test is about")
  static class Allowed {

    @Test
    void session(TestDatabase made) throws SQLException {
      Connection connection = made.dataSource(made.application()).getConnection();
      assertThat(connection.isValid(1)).isTrue();
    }
  }
}
