package dev.tenon.cache.internal;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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

  private final String name;

  private RedisTopology(
      String name,
      ClientResources resources,
      AbstractRedisClient client,
      Supplier<? extends CompletionStage<? extends StatefulConnection<String, byte[]>>> commands,
      Supplier<? extends CompletionStage<? extends StatefulRedisPubSubConnection<String, byte[]>>>
          subscriptions) {
    this.name = name;
    this.resources = resources;
    this.client = client;
    this.commands = commands;
    this.subscriptions = subscriptions;
  }

  /** One server, or the master of the sentinels that the URI names. */
  public static RedisTopology single(RedisURI uri, SslOptions tls) {
    uri.setTimeout(CONNECT_TIMEOUT);
    uri.getSentinels().forEach(sentinel -> sentinel.setTimeout(CONNECT_TIMEOUT));
    ClientResources resources = resources();
    RedisClient client = RedisClient.create(resources);
    client.setOptions(options(ClientOptions.builder(), tls).build());
    return new RedisTopology(
        uri.getSentinelMasterId() == null
            ? uri.getHost() + ":" + uri.getPort()
            : "the master '" + uri.getSentinelMasterId() + "'",
        resources,
        client,
        () -> client.connectAsync(BYTES, uri),
        () -> client.connectPubSubAsync(BYTES, uri));
  }

  /** The cluster that these nodes belong to; it is asked again when it has changed. */
  public static RedisTopology cluster(List<RedisURI> seeds, SslOptions tls) {
    seeds.forEach(uri -> uri.setTimeout(CONNECT_TIMEOUT));
    ClientResources resources = resources();
    RedisClusterClient client = RedisClusterClient.create(resources, seeds);
    ClusterClientOptions.Builder options = ClusterClientOptions.builder();
    var unused = options(options, tls);
    client.setOptions(
        options
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .enablePeriodicRefresh(Duration.ofSeconds(10))
                    .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                    .build())
            .build());
    return new RedisTopology(
        "the cluster",
        resources,
        client,
        () ->
            client
                .refreshPartitionsAsync()
                .thenCompose(known -> client.connectAsync(BYTES))
                .thenCompose(RedisTopology::connectedToAll),
        () ->
            client.refreshPartitionsAsync().thenCompose(known -> client.connectPubSubAsync(BYTES)));
  }

  /**
   * The connection, once it has one to every master that can be reached: the first command of each
   * would wait for it otherwise, in the time that commands have.
   */
  private static CompletionStage<StatefulRedisClusterConnection<String, byte[]>> connectedToAll(
      StatefulRedisClusterConnection<String, byte[]> cluster) {
    CompletableFuture<?>[] connecting =
        masters(cluster).values().stream()
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(connecting).handle((done, failure) -> cluster);
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

  private static ClientOptions.Builder options(ClientOptions.Builder options, SslOptions tls) {
    return options
        .sslOptions(tls)
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .requestQueueSize(LONGEST_QUEUE)
        .timeoutOptions(TimeoutOptions.builder().timeoutSource(new Unbounded()).build())
        .socketOptions(SocketOptions.builder().connectTimeout(CONNECT_TIMEOUT).build());
  }

  /** Who asks waits as long as the command timeout says; only what nobody waits for has a bound. */
  private static final class Unbounded extends TimeoutOptions.TimeoutSource {

    private static final Set<ProtocolKeyword> UNATTENDED =
        Set.of(CommandType.PING, CommandType.SUBSCRIBE, CommandType.UNSUBSCRIBE);

    @Override
    public long getTimeout(RedisCommand<?, ?, ?> command) {
      return UNATTENDED.contains(command.getType()) ? CONNECT_TIMEOUT.toMillis() : 0;
    }
  }

  /** A connection for commands; made in the background. */
  public CompletionStage<? extends StatefulConnection<String, byte[]>> connect() {
    return commands.get();
  }

  /** A connection for subscriptions; made in the background. */
  public CompletionStage<? extends StatefulRedisPubSubConnection<String, byte[]>> subscriber() {
    return subscriptions.get();
  }

  /** What it connects to. */
  public String name() {
    return name;
  }

  /** The servers that hold keys, by their name. */
  Map<String, CompletionStage<? extends StatefulConnection<String, byte[]>>> masters(
      StatefulConnection<String, byte[]> connection) {
    return connection instanceof StatefulRedisClusterConnection<String, byte[]> cluster
        ? masters(cluster)
        : Map.of(name, CompletableFuture.completedFuture(connection));
  }

  private static Map<String, CompletionStage<? extends StatefulConnection<String, byte[]>>> masters(
      StatefulRedisClusterConnection<String, byte[]> cluster) {
    Map<String, CompletionStage<? extends StatefulConnection<String, byte[]>>> masters =
        new LinkedHashMap<>();
    for (RedisClusterNode node : cluster.getPartitions()) {
      if (node.is(RedisClusterNode.NodeFlag.UPSTREAM) && !node.getSlots().isEmpty()) {
        RedisURI uri = node.getUri();
        masters.put(
            uri.getHost() + ":" + uri.getPort(),
            cluster.getConnectionAsync(uri.getHost(), uri.getPort()));
      }
    }
    return masters;
  }

  /** Is told, in a thread that must not wait, whenever a connection of any kind was lost. */
  public void onDisconnected(Runnable action) {
    client.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
            action.run();
          }
        });
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
