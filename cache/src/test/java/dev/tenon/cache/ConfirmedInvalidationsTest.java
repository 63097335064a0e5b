package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.RetryableException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a relay and a capture of changes have invalidated. */
@TenonTest
class ConfirmedInvalidationsTest {

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void is_sent_again_where_the_connection_was_lost_behind_it(TestRedis redis) {
    try (FaultProxy network = Nodes.before(redis)) {
      Cache cache = nodes.node(network.reroute(redis.uri().toString()));
      RedisKey key = new RedisKey(nodes.service(), "host:-:1", 1);
      cache.confirmed().send("here", List.of(key));
      assertThat(cache.pendingInvalidations()).isZero();
      network.disable();
      Await.until("it is doubted", () -> cache.pendingInvalidations() == 1);
      assertThatThrownBy(() -> cache.confirmed().send("here", List.of(key)))
          .isInstanceOf(RetryableException.class)
          .hasMessageContaining("where: here");
      network.enable();
      Await.until("it is confirmed again", () -> cache.pendingInvalidations() == 0);
    }
  }
}
