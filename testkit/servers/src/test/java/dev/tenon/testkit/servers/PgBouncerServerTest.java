package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class PgBouncerServerTest {

  @Test
  void two_clients_share_one_server_connection() throws SQLException {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty());
        PgBouncerServer pooler = PgBouncerServer.before(database);
        Connection one = connect(pooler, database);
        Connection other = connect(pooler, database)) {
      assertThat(ask(one, "select pg_backend_pid()"))
          .isEqualTo(ask(other, "select pg_backend_pid()"));
    }
  }

  @Test
  void a_client_waits_for_the_only_server_connection_until_the_transaction_on_it_ends()
      throws SQLException {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty());
        PgBouncerServer pooler = PgBouncerServer.before(database);
        Connection one = connect(pooler, database);
        Connection waiting = connect(pooler, database);
        Connection other = connect(pooler, database)) {
      one.setAutoCommit(false);
      String process = ask(one, "select pg_backend_pid()");
      waiting.setNetworkTimeout(Runnable::run, 200);
      assertThatThrownBy(() -> ask(waiting, "select 1"))
          .hasRootCauseInstanceOf(SocketTimeoutException.class);
      one.commit();
      assertThat(ask(other, "select pg_backend_pid()")).isEqualTo(process);
    }
  }

  @Test
  void with_two_server_connections_open_transactions_run_side_by_side() throws SQLException {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty());
        PgBouncerServer pooler = PgBouncerServer.before(database, 2);
        Connection one = connect(pooler, database);
        Connection other = connect(pooler, database)) {
      one.setAutoCommit(false);
      other.setAutoCommit(false);
      assertThat(ask(one, "select pg_backend_pid()"))
          .isNotEqualTo(ask(other, "select pg_backend_pid()"));
    }
  }

  @Test
  void a_session_setting_of_one_client_leaks_into_another() throws SQLException {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty());
        PgBouncerServer pooler = PgBouncerServer.before(database);
        Connection one = connect(pooler, database);
        Connection other = connect(pooler, database)) {
      ask(one, "select set_config('app.current_tenant', 'one', false)");
      assertThat(ask(other, "select current_setting('app.current_tenant', true)")).isEqualTo("one");
    }
  }

  @Test
  void a_statement_prepared_on_the_server_is_found_again_by_either_client() throws SQLException {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty());
        PgBouncerServer pooler = PgBouncerServer.before(database);
        Connection one = connect(pooler, database);
        Connection other = connect(pooler, database);
        PreparedStatement asked = one.prepareStatement("select ?::int + 1");
        PreparedStatement answered = other.prepareStatement("select ?::int + 2")) {
      for (int turn = 0; turn < 20; turn++) {
        assertThat(sum(asked, turn)).isEqualTo(turn + 1);
        assertThat(sum(answered, turn)).isEqualTo(turn + 2);
      }
    }
  }

  @Test
  void lets_every_role_of_the_test_in_and_nobody_without_its_password() throws SQLException {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty());
        PgBouncerServer pooler = PgBouncerServer.before(database)) {
      Credentials late = database.createRole("late");
      for (Credentials role : new Credentials[] {database.owner(), database.superuser(), late}) {
        assertThat(Sql.text(pooler.dataSource(role), "select current_user")).isEqualTo(role.user());
      }
      Credentials stranger = new Credentials(database.application().user(), "guessed");
      assertThatThrownBy(() -> Sql.text(pooler.dataSource(stranger), "select 1"))
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void shows_no_password_on_its_command_line_and_ends_when_closed() throws Exception {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty())) {
      long process;
      Path run;
      try (PgBouncerServer pooler = PgBouncerServer.before(database)) {
        process = pooler.processId();
        run = pooler.directory();
        assertThat(Files.readString(Path.of("/proc", Long.toString(process), "cmdline")))
            .contains("pgbouncer.ini")
            .doesNotContain(database.superuser().password())
            .doesNotContain(database.application().password());
      }
      assertThat(ProcessHandle.of(process)).isEmpty();
      assertThat(run).doesNotExist();
    }
  }

  @Test
  void refuses_a_pool_without_connections() {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty())) {
      assertThatThrownBy(() -> PgBouncerServer.before(database, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not 0");
    }
  }

  /** Gives up after some seconds, so that a pooler that never answers is an error. */
  private static Connection connect(PgBouncerServer pooler, TestDatabase database)
      throws SQLException {
    Connection connection = pooler.dataSource(database.application()).getConnection();
    connection.setNetworkTimeout(Runnable::run, 20_000);
    return connection;
  }

  private static String ask(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  private static int sum(PreparedStatement statement, int term) throws SQLException {
    statement.setInt(1, term);
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }
}
