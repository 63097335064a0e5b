package dev.tenon.cache;

import dev.tenon.cache.internal.KeptConnection;
import dev.tenon.cache.internal.RedisTopology;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of the invalidations of all processes, its own included.
 *
 * <p>It is up from the server's confirmation of the subscription until the connection is lost. Each
 * change moves the {@link Fence} and clears the memory, because messages were missed.
 */
final class Bus {

  private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

  private final String channel;
  private final Fence fence;
  private final Runnable clear;
  private final Consumer<String> onMessage;
  private final Consumer<CacheEvent> events;
  private final KeptConnection<StatefulRedisPubSubConnection<String, byte[]>> connection;
  private volatile @Nullable Throwable refusal;
  private volatile boolean isUp;

  Bus(
      String channel,
      Fence fence,
      Runnable clear,
      Consumer<String> onMessage,
      Consumer<CacheEvent> events,
      RedisTopology topology) {
    this.channel = channel;
    this.fence = fence;
    this.clear = clear;
    this.onMessage = onMessage;
    this.events = events;
    this.connection =
        new KeptConnection<>("bus", topology::subscriber, this::subscribe, this::down);
  }

  /** Whether messages arrive and memory has forgotten what it held before they did. */
  boolean isUp() {
    return isUp && fence.isBusUp();
  }

  /** Called at each heartbeat. */
  void check() {
    connection.check();
    StatefulRedisPubSubConnection<String, byte[]> present = connection.current();
    if (present != null && !fence.isBusUp()) {
      subscribeOn(present);
    }
  }

  /** Why nothing is heard, where that is known. */
  @Nullable Throwable failure() {
    return connection.failure() == null ? refusal : connection.failure();
  }

  /** Gives the connection up and makes another. */
  void renew() {
    connection.renew();
  }

  void close() {
    connection.close();
  }

  private void subscribe(StatefulRedisPubSubConnection<String, byte[]> made) {
    Subscription subscription = new Subscription(made);
    made.addListener((RedisConnectionStateListener) subscription);
    made.addListener(subscription.messages());
    subscribeOn(made);
  }

  private void subscribeOn(StatefulRedisPubSubConnection<String, byte[]> present) {
    present
        .async()
        .subscribe(channel)
        .whenComplete(
            (done, failure) -> {
              refusal = failure;
              if (failure != null) {
                LOG.debug("the subscription failed; the next heartbeat tries again", failure);
              }
            });
  }

  private void down() {
    boolean wasUp = fence.isBusUp();
    isUp = false;
    fence.busDown();
    clear.run();
    if (wasUp) {
      events.accept(CacheEvent.DISCONNECTED);
    }
  }

  /** What one connection tells; it is not heard any more once the connection was replaced. */
  private final class Subscription implements RedisConnectionStateListener {

    private final StatefulRedisPubSubConnection<String, byte[]> made;

    Subscription(StatefulRedisPubSubConnection<String, byte[]> made) {
      this.made = made;
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
      if (connection.current() == made) {
        down();
      }
    }

    RedisPubSubAdapter<String, byte[]> messages() {
      return new RedisPubSubAdapter<>() {
        @Override
        public void subscribed(String name, long count) {
          if (connection.current() == made) {
            isUp = false;
            clear.run();
            fence.busUp();
            clear.run();
            if (connection.current() == made) {
              isUp = true;
              events.accept(CacheEvent.CONNECTED);
            } else {
              // It was given up meanwhile, perhaps before the fence was moved: nothing is heard.
              down();
            }
          }
        }

        @Override
        public void message(String name, byte[] text) {
          onMessage.accept(new String(text, StandardCharsets.US_ASCII));
        }
      };
    }
  }
}
