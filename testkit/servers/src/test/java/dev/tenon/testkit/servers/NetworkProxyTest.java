package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NetworkProxyTest {

  private final PostgresServer server = PostgresServer.shared();

  @Test
  void counts_each_question_and_answer_once() throws SQLException {
    try (NetworkProxy network = NetworkProxy.to(server.host(), server.port());
        Connection connection = connect(network)) {
      assertThat(network.roundTripsDuring(() -> ask(connection))).isEqualTo(1);
      assertThat(
              network.roundTripsDuring(
                  () -> {
                    ask(connection);
                    ask(connection);
                  }))
          .isEqualTo(2);
    }
  }

  @Test
  void takes_its_time() throws SQLException {
    Duration roundTrip = Duration.ofMillis(30);
    try (NetworkProxy network = NetworkProxy.to(server.host(), server.port(), roundTrip);
        Connection connection = connect(network)) {
      long begin = System.nanoTime();
      ask(connection);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(roundTrip);
    }
  }

  @Test
  void cuts_connections_and_refuses_new_ones_until_restored() throws SQLException {
    try (NetworkProxy network = NetworkProxy.to(server.host(), server.port());
        Connection connection = connect(network)) {
      network.cut();
      assertThatThrownBy(() -> ask(connection)).hasRootCauseInstanceOf(java.io.IOException.class);
      assertThatThrownBy(() -> connect(network)).isInstanceOf(SQLException.class);
      network.restore();
      try (Connection again = connect(network)) {
        ask(again);
      }
    }
  }

  @Test
  void goes_silent_without_closing() throws SQLException {
    try (NetworkProxy network = NetworkProxy.to(server.host(), server.port());
        Connection connection = connect(network)) {
      connection.setNetworkTimeout(Runnable::run, 200);
      network.silence();
      assertThatThrownBy(() -> ask(connection))
          .hasRootCauseInstanceOf(java.net.SocketTimeoutException.class);
      network.restore();
    }
  }

  private Connection connect(NetworkProxy network) throws SQLException {
    return DriverManager.getConnection(
        network.reroute(server.jdbcUrl("postgres")),
        server.superuser().user(),
        server.superuser().password());
  }

  private static void ask(Connection connection) {
    try (var statement = connection.prepareStatement("select 1");
        var row = statement.executeQuery()) {
      assertThat(row.next()).isTrue();
    } catch (SQLException error) {
      throw new IllegalStateException(error);
    }
  }
}
