package dev.tenon.cache.internal;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Makes connections to one server, to the master that sentinels name, or to a cluster; the settings
 * of Lettuce are decided here.
 *
 * <p>A command fails at once while there is no connection: nobody waits for a Redis that is gone,
 * and nothing is sent later that nobody expects any more.
 */
public final class RedisTopology implements AutoCloseable {

  private static final RedisCodec<String, byte[]> BYTES =
      RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final int LONGEST_QUEUE = 10_000;

  private final ClientResources resources;
  private final AbstractRedisClient client;
  private final Supplier<? extends CompletionStage<? extends StatefulConnection<String, byte[]>>>
      commands;
  private final Supplier<
          ? extends CompletionStage<? extends StatefulRedisPubSubConnection<String, byte[]>>>
      subscriptions;

  private RedisTopology(
      ClientResources resources,
      AbstractRedisClient client,
      Supplier<? extends CompletionStage<? extends StatefulConnection<String, byte[]>>> commands,
      Supplier<? extends CompletionStage<? extends StatefulRedisPubSubConnection<String, byte[]>>>
          subscriptions) {
    this.resources = resources;
    this.client = client;
    this.commands = commands;
    this.subscriptions = subscriptions;
  }

  /** One server, or the master of the sentinels that the URI names. */
  public static RedisTopology single(RedisURI uri) {
    uri.setTimeout(CONNECT_TIMEOUT);
    ClientResources resources = resources();
    RedisClient client = RedisClient.create(resources);
    client.setOptions(options(ClientOptions.builder()).build());
    return new RedisTopology(
        resources,
        client,
        () -> client.connectAsync(BYTES, uri),
        () -> client.connectPubSubAsync(BYTES, uri));
  }

  /** The cluster that these nodes belong to; it is asked again when it has changed. */
  public static RedisTopology cluster(List<RedisURI> seeds) {
    seeds.forEach(uri -> uri.setTimeout(CONNECT_TIMEOUT));
    ClientResources resources = resources();
    RedisClusterClient client = RedisClusterClient.create(resources, seeds);
    ClusterClientOptions.Builder options = ClusterClientOptions.builder();
    var unused = options(options);
    client.setOptions(
        options
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .enablePeriodicRefresh(Duration.ofSeconds(10))
                    .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                    .build())
            .build());
    return new RedisTopology(
        resources,
        client,
        () -> client.refreshPartitionsAsync().thenCompose(known -> client.connectAsync(BYTES)),
        () ->
            client.refreshPartitionsAsync().thenCompose(known -> client.connectPubSubAsync(BYTES)));
  }

  private static ClientResources resources() {
    return ClientResources.builder()
        .ioThreadPoolSize(2)
        .computationThreadPoolSize(2)
        .reconnectDelay(
            () ->
                Delay.exponential(
                    Duration.ofMillis(10), Duration.ofSeconds(1), 2, TimeUnit.MILLISECONDS))
        .build();
  }

  private static ClientOptions.Builder options(ClientOptions.Builder options) {
    return options
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .requestQueueSize(LONGEST_QUEUE)
        .socketOptions(SocketOptions.builder().connectTimeout(CONNECT_TIMEOUT).build());
  }

  /** A connection for commands; made in the background. */
  public CompletionStage<? extends StatefulConnection<String, byte[]>> connect() {
    return commands.get();
  }

  /** A connection for subscriptions; made in the background. */
  public CompletionStage<? extends StatefulRedisPubSubConnection<String, byte[]>> subscriber() {
    return subscriptions.get();
  }

  /** What a connection of this class is asked with. */
  static RedisClusterAsyncCommands<String, byte[]> commands(
      StatefulConnection<String, byte[]> connection) {
    if (connection instanceof StatefulRedisClusterConnection<String, byte[]> cluster) {
      return cluster.async();
    }
    if (connection instanceof StatefulRedisConnection<String, byte[]> single) {
      return single.async();
    }
    throw new IllegalArgumentException(connection + " is not for commands");
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, CONNECT_TIMEOUT);
    var unused = resources.shutdown(0, CONNECT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
