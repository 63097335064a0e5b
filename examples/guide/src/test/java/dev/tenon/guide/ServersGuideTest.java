package dev.tenon.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.Moment;
import dev.tenon.testkit.servers.PgBouncerServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class ServersGuideTest {

  private static void migrate(TestDatabase database) throws SQLException {
    try (Connection connection = database.dataSource(database.owner()).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table orders (id int primary key)");
    }
  }

  @Test
  void makes_a_database_and_a_redis_without_the_rest_of_tenon() throws SQLException {
    DatabaseTemplate template =
        DatabaseTemplate.of("shop", "1", ServersGuideTest::migrate)
            .withExtensions("timescaledb", "vector");

    try (TestDatabase database = TestDatabase.create(template);
        TestRedis redis = TestRedis.create()) {
      DataSource asApplication = database.dataSource(database.application());

      try (Connection connection = asApplication.getConnection();
          Statement statement = connection.createStatement()) {
        assertThat(statement.executeUpdate("insert into orders values (1)")).isEqualTo(1);
      }
      assertThat(redis.uri()).hasScheme("redis");
    }
  }

  @Test
  void shows_what_stays_on_a_connection_that_clients_share() throws SQLException {
    try (TestDatabase database = TestDatabase.create(DatabaseTemplate.empty())) {
      try (PgBouncerServer pooler = PgBouncerServer.before(database)) {
        DataSource pooled = pooler.dataSource(database.application());

        try (Connection one = pooled.getConnection();
            Connection other = pooled.getConnection();
            Statement first = one.createStatement();
            Statement second = other.createStatement()) {
          first.execute("set work_mem = '77MB'");
          try (ResultSet row = second.executeQuery("select current_setting('work_mem')")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1)).isEqualTo("77MB");
          }
        }
      }
    }
  }

  @Test
  void loses_the_reply_of_a_commit() throws SQLException {
    DatabaseTemplate template = DatabaseTemplate.of("shop", "1", ServersGuideTest::migrate);
    try (TestDatabase database = TestDatabase.create(template);
        FaultProxy network = FaultProxy.to(database.server())) {
      try (Connection connection =
              DriverManager.getConnection(
                  network.reroute(database.url()),
                  database.application().user(),
                  database.application().password());
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("insert into orders values (7)");
        network.on(Moment.beforeReply("COMMIT")).resetPeer();
        assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
      }
      try (Connection near = database.dataSource(database.application()).getConnection();
          Statement statement = near.createStatement();
          ResultSet row = statement.executeQuery("select id from orders")) {
        assertThat(row.next()).isTrue();
      }
    }
  }
}
