package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.process.RunDirectory;
import dev.tenon.testkit.servers.internal.process.SupervisedServer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Redis out of the bundle, on a free port of 127.0.0.1, keeping nothing on disk. */
final class EmbeddedRedis {
  private EmbeddedRedis() {}

  static RedisBackend start(Map<String, String> settings) throws IOException {
    return start("Redis 8", settings, List.of());
  }

  static RedisBackend startSentinel(Map<String, String> settings) throws IOException {
    return start("Sentinel of Redis 8", settings, List.of("--sentinel"));
  }

  private static RedisBackend start(String name, Map<String, String> settings, List<String> mode)
      throws IOException {
    Credentials credentials =
        new Credentials("", settings.getOrDefault("requirepass", Secrets.random()));
    return new RedisBackend(
        EmbeddedServer.start(name, place -> launch(settings, mode, place, credentials)),
        credentials);
  }

  static SupervisedServer.Launch launch(
      Map<String, String> settings,
      List<String> mode,
      EmbeddedServer.Place place,
      Credentials credentials)
      throws IOException {
    RunDirectory directory = RunDirectory.create(place.user(), "tenon-redis-");
    directory.write("prepare.sh", ":\n");
    directory.write("redis.conf", configuration(settings, place.port(), credentials.password()));
    return new SupervisedServer.Launch(
        place.bundle(),
        directory,
        Stream.concat(
                Stream.of(
                    place.bundle().program("redis-server").toString(),
                    directory.path().resolve("redis.conf").toString()),
                mode.stream())
            .toList(),
        Map.of(),
        "KILL",
        false,
        process -> answers(place.port(), credentials));
  }

  private static boolean answers(int port, Credentials credentials) {
    try (RedisConnection connection =
        RedisConnection.open(EmbeddedServer.HOST, port, credentials)) {
      return connection.call("PING").equals("PONG");
    } catch (IOException e) {
      return false;
    }
  }

  private static String configuration(Map<String, String> settings, int port, String password) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("bind", EmbeddedServer.HOST);
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
}
