package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class RedisServerTest {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Test
  void gives_each_test_a_database_of_its_own_and_empties_it() throws IOException {
    int number;
    try (TestRedis one = TestRedis.create();
        TestRedis other = TestRedis.create()) {
      number = one.number();
      assertThat(call(one, "SET", "key", "mine")).isEqualTo("OK");
      assertThat(call(other, "GET", "key")).isEmpty();
      assertThat(one.uri().getPath()).isEqualTo("/" + number);
      assertThat(one.prefix()).isNotEqualTo(other.prefix());
    }
    try (RedisConnection redis = RedisServer.shared().connect()) {
      redis.call("SELECT", Integer.toString(number));
      assertThat(redis.call("GET", "key")).isEmpty();
    }
  }

  @Test
  void refuses_a_client_without_its_password() {
    RedisServer server = RedisServer.shared();
    assertThatThrownBy(
            () -> {
              try (RedisConnection redis =
                  RedisConnection.open(server.host(), server.port(), new Credentials("", ""))) {
                redis.call("PING");
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("NOAUTH");
  }

  @Test
  void comes_back_empty_on_the_same_port_after_a_kill() throws IOException {
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database()) {
      call(redis, "SET", "key", "value");
      server.kill9();
      assertThatThrownBy(() -> call(redis, "PING")).isInstanceOf(IOException.class);
      server.restart();
      assertThat(call(redis, "GET", "key")).isEmpty();
    }
  }

  @Test
  void comes_back_as_often_as_it_is_killed() throws IOException {
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database()) {
      for (int i = 0; i < 30; i++) {
        server.kill9();
        // Its supervisor may notice or not before it is told to start it again.
        LockSupport.parkNanos(i % 3 * 5_000_000L);
        server.restart();
        assertThat(call(redis, "PING")).contains("PONG");
      }
    }
  }

  @Test
  void a_sentinel_promotes_the_replica_of_a_master_that_was_killed()
      throws IOException, SQLException {
    Map<String, String> shared = Map.of("requirepass", "s3cret", "masterauth", "s3cret");
    try (RedisServer master = RedisServer.start(shared);
        RedisServer replica = RedisServer.start(replicaOf(master, shared));
        RedisServer sentinel =
            RedisServer.startSentinel(
                Map.of(
                    "sentinel monitor", "main " + master.host() + " " + master.port() + " 1",
                    "sentinel auth-pass", "main s3cret",
                    "sentinel down-after-milliseconds", "main 500"));
        RedisConnection asking = sentinel.connect()) {
      Await.until(PATIENCE, () -> !asking.call("SENTINEL", "REPLICAS", "main").isEmpty());
      master.kill9();
      Await.until(
          PATIENCE,
          () ->
              asking
                  .call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")
                  .equals(Integer.toString(replica.port())));
    }
  }

  private static Map<String, String> replicaOf(RedisServer master, Map<String, String> shared) {
    Map<String, String> settings = new HashMap<>(shared);
    settings.put("replicaof", master.host() + " " + master.port());
    return settings;
  }

  @Test
  void carries_the_end_of_the_log_when_it_does_not_start() {
    assertThatThrownBy(() -> RedisServer.start(Map.of("maxmemory", "nonsense")))
        .isInstanceOf(TestServerException.class)
        .hasMessageContaining("argument must be a memory value");
  }

  private static String call(TestRedis database, String... words) throws IOException {
    try (RedisConnection redis = database.server().connect()) {
      redis.call("SELECT", Integer.toString(database.number()));
      return redis.call(words);
    }
  }
}
