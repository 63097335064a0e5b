package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class PostgresServerTest {
  private final PostgresServer server = PostgresServer.shared();

  @Test
  void listens_on_the_loopback_address_only() throws SQLException {
    assertThat(query("show listen_addresses")).isEqualTo("127.0.0.1");
    assertThat(query("show unix_socket_directories")).isEmpty();
  }

  @Test
  void creates_every_extension_of_the_bundle() throws SQLException {
    DatabaseTemplate template =
        DatabaseTemplate.empty().withExtensions("timescaledb", "vector", "age", "pg_trgm");
    try (TestDatabase database = server.database(template)) {
      assertThat(
              Sql.text(
                  database.dataSource(database.superuser()),
                  """
                  select string_agg(extname, ',' order by extname) from pg_extension
                  where extname <> 'plpgsql'
                  """))
          .isEqualTo("age,pg_trgm,timescaledb,vector");
    }
    Sql.run(server.dataSource("postgres", server.superuser()), "create extension pg_cron");
    assertThat(query("select count(*) from cron.job")).isEqualTo("0");
  }

  @Test
  void refuses_a_wrong_password() {
    assertThatThrownBy(
            () ->
                Sql.text(
                    server.dataSource("postgres", new Credentials("postgres", "wrong")),
                    "select 1"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password authentication failed");
  }

  @Test
  void knows_the_time_zones_and_the_order_of_code_points() throws SQLException {
    assertThat(query("select timestamptz '2026-07-01 12:00Z' at time zone 'Europe/Berlin'"))
        .isEqualTo("2026-07-01 14:00:00");
    assertThat(query("select upper('straße ä') || ('a' < 'B')::text")).isEqualTo("STRAßE Äfalse");
  }

  @Test
  void starts_a_second_server_beside_the_first() throws SQLException {
    try (PostgresServer second =
        PostgresServer.start(PostgresOptions.defaults().withSetting("wal_level", "logical"))) {
      assertThat(second.port()).isNotEqualTo(server.port());
      assertThat(Sql.text(second.dataSource("postgres", second.superuser()), "show wal_level"))
          .isEqualTo("logical");
    }
  }

  @Test
  void carries_the_end_of_the_log_when_it_does_not_start() {
    PostgresOptions options = PostgresOptions.defaults().withSetting("work_mem", "nonsense");
    assertThatThrownBy(() -> PostgresServer.start(options))
        .isInstanceOf(TestServerException.class)
        .hasMessageContaining("invalid value for parameter \"work_mem\": \"nonsense\"");
  }

  @Test
  void keeps_committed_rows_over_a_kill_and_restart() throws SQLException {
    try (PostgresServer durable =
        PostgresServer.start(PostgresOptions.defaults().withDurability())) {
      var source = durable.dataSource("postgres", durable.superuser());
      Sql.run(source, "create table kept (id int)", "insert into kept values (1)");
      durable.kill9();
      assertThatThrownBy(() -> Sql.text(source, "select 1")).isInstanceOf(SQLException.class);
      durable.restart();
      assertThat(Sql.text(source, "select count(*) from kept")).isEqualTo("1");
      assertThat(durable.log()).contains("database system was not properly shut down");
    }
  }

  private String query(String sql) throws SQLException {
    return Sql.text(server.dataSource("postgres", server.superuser()), sql);
  }
}
