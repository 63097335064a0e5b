package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisTopology;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PendingInvalidationsTest {

  private static final int WAITING = 2_000;
  private static final int SENT_AT_ONCE = 500;

  @Test
  void are_sent_no_longer_than_a_heartbeat_lasts() {
    try (TestRedis redis = TestRedis.create()) {
      RedisTopology topology =
          CacheConfig.service("drain", redis.uri().toString()).build().topology();
      RedisLink link = new RedisLink(Duration.ofSeconds(30), topology);
      PendingInvalidations pending =
          new PendingInvalidations(new Announcer(link, "drain", new Sequence()), () -> {});
      for (int i = 0; i < WAITING; i++) {
        pending.send(new RedisKey("drain", "host:" + i, 1));
      }
      assertThat(pending.count()).as("before there is a connection").isEqualTo(WAITING);
      Await.until(
          "it is connected",
          () -> {
            link.check();
            return link.isConnected();
          });
      pending.retry(0);
      assertThat(pending.count()).isEqualTo(WAITING - SENT_AT_ONCE);
      pending.retry(Long.MAX_VALUE);
      assertThat(pending.count()).isZero();
      link.close();
      topology.close();
    }
  }
}
