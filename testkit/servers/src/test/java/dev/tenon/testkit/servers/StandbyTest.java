package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class StandbyTest {

  private static DataSource source(PostgresServer server) {
    return server.dataSource("postgres", server.superuser());
  }

  private static PostgresServer waitingPrimary() {
    return PostgresServer.start(
        PostgresOptions.defaults()
            .withDurability()
            .withSetting("synchronous_standby_names", "*")
            .withSetting("synchronous_commit", "local"));
  }

  private static void commitOnBoth(PostgresServer primary, String... statements)
      throws SQLException {
    for (String statement : statements) {
      Sql.run(source(primary), "set synchronous_commit = remote_apply", statement);
    }
  }

  @Test
  void shows_what_its_primary_committed_and_takes_no_writes() throws SQLException {
    try (PostgresServer primary = waitingPrimary();
        PostgresServer standby = primary.startStandby(PostgresOptions.defaults())) {
      commitOnBoth(primary, "create table note (id int)", "insert into note values (7)");

      assertThat(Sql.text(source(standby), "select id from note")).isEqualTo("7");
      assertThatThrownBy(() -> Sql.run(source(standby), "insert into note values (8)"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("read-only");
    }
  }

  @Test
  void takes_over_when_its_primary_is_killed() throws SQLException {
    try (PostgresServer primary = waitingPrimary();
        PostgresServer standby = primary.startStandby(PostgresOptions.defaults())) {
      commitOnBoth(primary, "create table note (id int)", "insert into note values (7)");
      primary.kill9();

      Sql.run(source(standby), "select pg_promote()", "insert into note values (8)");

      assertThat(Sql.text(source(standby), "select count(*) from note")).isEqualTo("2");
    }
  }

  @Test
  void follows_through_a_network_that_can_be_cut() throws SQLException {
    try (PostgresServer primary = waitingPrimary();
        FaultProxy network = FaultProxy.to(primary);
        PostgresServer standby = primary.startStandby(PostgresOptions.defaults(), network)) {
      commitOnBoth(primary, "create table note (id int)");
      network.timeout();
      Sql.run(source(primary), "insert into note values (7)");
      assertThat(Sql.text(source(standby), "select count(*) from note")).isEqualTo("0");

      network.resetPeer();
      network.enable();
      commitOnBoth(primary, "insert into note values (8)");

      assertThat(Sql.text(source(standby), "select count(*) from note")).isEqualTo("2");
    }
  }
}
