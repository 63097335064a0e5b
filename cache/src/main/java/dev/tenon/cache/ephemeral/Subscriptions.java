package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.KeptConnection;
import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.cache.internal.RedisTopology;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection over which all topics of a process hear, made when the first one is subscribed.
 *
 * <p>What is sent for a channel is sent while its entry is held, so a subscription and the end of
 * the last one before it cannot change places.
 */
final class Subscriptions implements RedisAccess.Attachment {

  private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

  private final ConcurrentMap<String, List<Subscriber>> channels = new ConcurrentHashMap<>();
  private final KeptConnection<StatefulRedisPubSubConnection<String, byte[]>> connection;

  Subscriptions(RedisTopology topology) {
    this.connection =
        new KeptConnection<>("topics", topology::subscriber, this::listen, this::lost);
  }

  void add(Subscriber subscriber) {
    boolean isConnected = connection.current() != null;
    var unused =
        channels.compute(
            subscriber.channel(),
            (channel, present) -> {
              List<Subscriber> all = present == null ? new CopyOnWriteArrayList<>() : present;
              all.add(subscriber);
              subscribe(channel);
              return all;
            });
    if (!isConnected) {
      connection.check();
      // It may have been made meanwhile, and have looked for channels before this one was there.
      subscribe(subscriber.channel());
    }
  }

  void remove(Subscriber subscriber) {
    var unused =
        channels.computeIfPresent(
            subscriber.channel(),
            (channel, present) -> {
              present.remove(subscriber);
              if (!present.isEmpty()) {
                return present;
              }
              StatefulRedisPubSubConnection<String, byte[]> made = connection.current();
              if (made != null) {
                logFailure(made.async().unsubscribe(channel));
              }
              return null;
            });
  }

  @Override
  public void beat() {
    if (!channels.isEmpty() || connection.current() != null) {
      connection.check();
    }
    channels.forEach(
        (channel, subscribers) -> {
          if (!subscribers.stream().allMatch(Subscriber::isActive)) {
            subscribe(channel);
          }
        });
  }

  @Override
  public void close() {
    connection.close();
    channels.values().forEach(subscribers -> subscribers.forEach(Subscriber::close));
  }

  private void subscribe(String channel) {
    StatefulRedisPubSubConnection<String, byte[]> made = connection.current();
    if (made != null) {
      logFailure(made.async().subscribe(channel));
    }
  }

  private void listen(StatefulRedisPubSubConnection<String, byte[]> made) {
    Listener listener = new Listener(made);
    made.addListener((RedisConnectionStateListener) listener);
    made.addListener(listener.messages());
    channels.keySet().forEach(this::subscribe);
  }

  private void lost() {
    channels.values().forEach(subscribers -> subscribers.forEach(Subscriber::lost));
  }

  private static void logFailure(RedisFuture<Void> sent) {
    var unused =
        sent.whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.debug("a subscription failed; the next heartbeat tries again", failure);
              }
            });
  }

  /** What one connection tells; it is not heard any more once the connection was replaced. */
  private final class Listener implements RedisConnectionStateListener {

    private final StatefulRedisPubSubConnection<String, byte[]> made;

    Listener(StatefulRedisPubSubConnection<String, byte[]> made) {
      this.made = made;
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
      if (connection.current() == made) {
        lost();
      }
    }

    RedisPubSubAdapter<String, byte[]> messages() {
      return new RedisPubSubAdapter<>() {
        @Override
        public void subscribed(String channel, long count) {
          if (connection.current() == made) {
            channels.getOrDefault(channel, List.of()).forEach(Subscriber::confirmed);
          }
        }

        @Override
        public void message(String channel, byte[] message) {
          if (connection.current() == made) {
            channels.getOrDefault(channel, List.of()).forEach(each -> each.heard(message));
          }
        }
      };
    }
  }
}
