package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import dev.tenon.testkit.servers.internal.bundle.CacheDirectory;
import dev.tenon.testkit.servers.internal.process.FreePort;
import dev.tenon.testkit.servers.internal.process.RunDirectory;
import dev.tenon.testkit.servers.internal.process.ServerUser;
import dev.tenon.testkit.servers.internal.process.SupervisedServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Redis out of the bundle, on a free port of 127.0.0.1, keeping nothing on disk. */
final class EmbeddedRedis implements RedisBackend {
  private static final int ATTEMPTS = 5;

  private final SupervisedServer server;
  private final int port;
  private final Credentials credentials;

  private EmbeddedRedis(SupervisedServer server, int port, Credentials credentials) {
    this.server = server;
    this.port = port;
    this.credentials = credentials;
  }

  static EmbeddedRedis start(Map<String, String> settings) throws IOException {
    Bundle bundle = Bundle.unpackedIn(CacheDirectory.locate());
    ServerUser user = ServerUser.choose();
    for (int attempt = 1; ; attempt++) {
      try {
        return start(settings, bundle, user);
      } catch (IOException e) {
        // Between picking a port and listening on it, somebody else may have taken it.
        if (attempt == ATTEMPTS || !String.valueOf(e.getMessage()).contains("already in use")) {
          throw e;
        }
      }
    }
  }

  private static EmbeddedRedis start(Map<String, String> settings, Bundle bundle, ServerUser user)
      throws IOException {
    RunDirectory directory = RunDirectory.create(user, "tenon-redis-");
    int port = FreePort.pick();
    Credentials credentials = new Credentials("", Secrets.random());
    directory.write("prepare.sh", ":\n");
    directory.write("redis.conf", configuration(settings, port, credentials.password()));
    SupervisedServer server =
        SupervisedServer.start(
            new SupervisedServer.Launch(
                bundle,
                directory,
                List.of(
                    bundle.program("redis-server").toString(),
                    directory.path().resolve("redis.conf").toString()),
                Map.of(),
                "KILL",
                false,
                process -> answers(port, credentials)));
    return new EmbeddedRedis(server, port, credentials);
  }

  private static boolean answers(int port, Credentials credentials) {
    try (RedisConnection connection = RedisConnection.open("127.0.0.1", port, credentials)) {
      return connection.call("PING").equals("PONG");
    } catch (IOException e) {
      return false;
    }
  }

  private static String configuration(Map<String, String> settings, int port, String password) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("bind", "127.0.0.1");
    lines.put("port", Integer.toString(port));
    lines.put("requirepass", password);
    lines.put("databases", "1024");
    lines.put("save", "\"\"");
    lines.put("appendonly", "no");
    lines.put("enable-debug-command", "local");
    lines.putAll(settings);
    return lines.entrySet().stream()
        .map(line -> line.getKey() + " " + line.getValue() + "\n")
        .collect(Collectors.joining());
  }

  @Override
  public String description() {
    return "Redis 8 of the bundle on 127.0.0.1:" + port;
  }

  @Override
  public String host() {
    return "127.0.0.1";
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Credentials credentials() {
    return credentials;
  }

  @Override
  public void kill9() {
    server.kill9();
  }

  @Override
  public void restart() {
    try {
      server.restart();
    } catch (IOException e) {
      throw new TestServerException("Redis did not start again: " + e.getMessage(), e);
    }
  }

  @Override
  public String log() {
    try {
      return server.directory().log();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
