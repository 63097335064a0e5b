package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.internal.RedisTopology;
import dev.tenon.testkit.servers.TestRedis;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** When messages are said to arrive. */
class BusTest {

  @Test
  void is_up_once_memory_has_forgotten_what_it_held_before() {
    List<Boolean> wasUp = new CopyOnWriteArrayList<>();
    CompletableFuture<Bus> own = new CompletableFuture<>();
    try (TestRedis redis = TestRedis.create()) {
      RedisTopology topology =
          CacheConfig.service("bus", redis.uri().toString()).build().topology();
      Bus bus =
          new Bus(
              "bus",
              new Fence(),
              () -> wasUp.add(own.join().isUp()),
              text -> {},
              event -> {},
              topology);
      assertThat(own.complete(bus)).isTrue();
      bus.check();
      Await.until("it is up", bus::isUp);
      assertThat(wasUp).hasSize(2).containsOnly(false);
      bus.close();
      assertThat(bus.isUp()).isFalse();
      topology.close();
    }
  }

  @Test
  void is_not_up_by_a_connection_that_was_given_up_while_it_was_told() {
    Fence fence = new Fence();
    AtomicInteger cleared = new AtomicInteger();
    CompletableFuture<Bus> own = new CompletableFuture<>();
    try (TestRedis redis = TestRedis.create()) {
      RedisTopology topology =
          CacheConfig.service("bus", redis.uri().toString()).build().topology();
      Bus bus =
          new Bus(
              "bus",
              fence,
              () -> {
                if (cleared.incrementAndGet() == 1) {
                  own.join().close();
                }
              },
              text -> {},
              event -> {},
              topology);
      assertThat(own.complete(bus)).isTrue();
      bus.check();
      Await.until("it was told that it is up, and that it was given up", () -> cleared.get() >= 3);
      Await.until("nothing is heard", () -> !fence.isBusUp());
      assertThat(bus.isUp()).isFalse();
      topology.close();
    }
  }
}
