package dev.tenon.cache;

import dev.tenon.testkit.servers.RedisServer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A Redis Cluster of three masters, the first with a replica, that asks for a password. */
final class ClusterServers implements AutoCloseable {

  private static final int MASTERS = 3;
  private static final int SLOTS = 16_384;
  private static final String PASSWORD = "cluster-secret";

  private final List<RedisServer> servers = new ArrayList<>();
  private final List<RedisClient> clients = new ArrayList<>();
  private final List<RedisCommands<String, String>> admins = new ArrayList<>();

  static ClusterServers start() throws IOException {
    ClusterServers cluster = new ClusterServers();
    try {
      cluster.make();
      return cluster;
    } catch (IOException | RuntimeException | Error failed) {
      cluster.close();
      throw failed;
    }
  }

  private void make() throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i <= MASTERS; i++) {
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        ports.add(free.getLocalPort());
      }
      servers.add(RedisServer.start(settings(ports.get(i))));
      RedisClient client = RedisClient.create(servers.get(i).uri(0).toString());
      clients.add(client);
      admins.add(client.connect().sync());
    }
    for (int i = 0; i < MASTERS; i++) {
      int first = SLOTS * i / MASTERS;
      int last = SLOTS * (i + 1) / MASTERS - 1;
      cluster(i, "ADDSLOTSRANGE", Integer.toString(first), Integer.toString(last));
    }
    for (int i = 1; i <= MASTERS; i++) {
      cluster(
          0,
          "MEET",
          servers.get(i).host(),
          Integer.toString(servers.get(i).port()),
          Integer.toString(ports.get(i)));
    }
    String first = admins.get(0).clusterMyId();
    Await.until("all know all", () -> admins.stream().allMatch(admin -> knowsAll(admin, first)));
    admins.get(MASTERS).clusterReplicate(first);
    Await.until("the cluster is whole", this::isWhole);
  }

  private static Map<String, String> settings(int busPort) {
    Map<String, String> settings = new HashMap<>();
    settings.put("cluster-enabled", "yes");
    settings.put("cluster-port", Integer.toString(busPort));
    settings.put("cluster-node-timeout", "1000");
    settings.put("repl-diskless-sync-delay", "0");
    settings.put("databases", "1");
    settings.put("requirepass", PASSWORD);
    settings.put("masterauth", PASSWORD);
    return settings;
  }

  private static boolean knowsAll(RedisCommands<String, String> admin, String first) {
    return admin.clusterNodes().lines().filter(line -> line.contains("connected")).count()
            == MASTERS + 1
        && admin.clusterNodes().contains(first);
  }

  private boolean isWhole() {
    return admins.stream().allMatch(admin -> admin.clusterInfo().contains("cluster_state:ok"))
        && admins.get(MASTERS).info("replication").contains("master_link_status:up")
        && admins.stream().allMatch(admin -> admin.clusterNodes().contains("slave"));
  }

  private void cluster(int server, String... words) {
    CommandArgs<String, String> arguments = new CommandArgs<>(StringCodec.UTF8);
    for (String word : words) {
      arguments.add(word);
    }
    admins
        .get(server)
        .dispatch(CommandType.CLUSTER, new StatusOutput<>(StringCodec.UTF8), arguments);
  }

  /** Names all nodes. */
  String url() {
    return "redis://:"
        + PASSWORD
        + "@"
        + servers.stream()
            .map(server -> server.host() + ":" + server.port())
            .collect(Collectors.joining(","));
  }

  /** Kills the master that has a replica. */
  void killFirst() {
    servers.get(0).kill9();
  }

  /** Whether its replica is in its place. */
  boolean isFailedOver() {
    return admins.get(MASTERS).info("replication").contains("role:master");
  }

  /** The keys of all servers that begin so, by their server. */
  List<List<String>> keys(String prefix) {
    return admins.subList(0, MASTERS).stream().map(admin -> admin.keys(prefix + "*")).toList();
  }

  /** What every master forgets. */
  void flushScripts() {
    admins.subList(0, MASTERS).forEach(RedisCommands::scriptFlush);
  }

  @Override
  public void close() {
    clients.forEach(client -> client.shutdown(Duration.ZERO, Duration.ofSeconds(2)));
    servers.forEach(RedisServer::close);
  }
}
