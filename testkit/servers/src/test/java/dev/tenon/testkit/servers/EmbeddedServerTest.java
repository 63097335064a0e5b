package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EmbeddedServerTest {

  @Test
  void a_port_that_somebody_takes_before_the_server_does_is_replaced() throws Exception {
    Credentials credentials = new Credentials("", Secrets.random());
    List<ServerSocket> taken = new ArrayList<>();
    EmbeddedServer server =
        EmbeddedServer.start(
            "Redis",
            place -> {
              if (taken.isEmpty()) {
                taken.add(new ServerSocket(place.port(), 1, InetAddress.getLoopbackAddress()));
              }
              return EmbeddedRedis.launch(Map.of(), List.of(), place, credentials);
            });
    try (ServerSocket first = taken.get(0);
        RedisConnection connection =
            RedisConnection.open(server.host(), server.port(), credentials)) {
      assertThat(server.port()).isNotEqualTo(first.getLocalPort());
      assertThat(connection.call("PING")).isEqualTo("PONG");
    } finally {
      server.close();
    }
  }
}
