package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sources of a Redis server, in their order. */
final class RedisSources {
  private static final String URL_VARIABLE = "TENON_TEST_REDIS_URL";

  private RedisSources() {}

  static RedisBackend firstThatWorks() {
    return new ServerSources<RedisBackend>(
            "Redis",
            List.of(
                new ServerSource<>(URL_VARIABLE, RedisSources::external),
                new ServerSource<>("bundle", () -> embedded(Map.of())),
                new ServerSource<>("Docker", () -> Containers.orMissing(Containers.Redis::start))))
        .first(RedisBackend::description);
  }

  static RedisBackend embedded(Map<String, String> settings) throws IOException {
    Optional<String> objection = Bundle.objection();
    if (objection.isPresent()) {
      throw new IOException(objection.get());
    }
    return EmbeddedRedis.start(settings);
  }

  private static RedisBackend external() throws IOException {
    return ExternalRedis.parse(ServerSources.variable(URL_VARIABLE));
  }
}
