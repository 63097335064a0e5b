package dev.tenon.testkit.servers;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** Servers in containers; the only class that knows Testcontainers, which is optional. */
final class Containers {
  private static final String MISSING =
      "Testcontainers is not on the class path; add org.testcontainers:testcontainers:2.0.5";

  private Containers() {}

  /** Names what to add instead of failing on a missing class. */
  static <T> T orMissing(ServerSource.Opener<T> opener) throws IOException {
    try {
      return opener.open();
    } catch (NoClassDefFoundError e) {
      throw new IOException(MISSING, e);
    }
  }

  private static GenericContainer<?> start(GenericContainer<?> container) throws IOException {
    try {
      if (!DockerClientFactory.instance().isDockerAvailable()) {
        throw new IOException("no Docker daemon answers");
      }
      container.start();
      return container;
    } catch (RuntimeException e) {
      throw new IOException("Docker could not start " + container.getDockerImageName(), e);
    }
  }

  private record Container(String product, GenericContainer<?> running, int inside)
      implements ServerBackend {
    @Override
    public String description() {
      return product + " in the container " + running.getDockerImageName();
    }

    @Override
    public String host() {
      return running.getHost();
    }

    @Override
    public int port() {
      return running.getMappedPort(inside);
    }

    @Override
    public String log() {
      return running.getLogs();
    }

    @Override
    public void close() {
      running.stop();
    }
  }

  /** PostgreSQL with TimescaleDB and pgvector. */
  static final class Postgres {
    private Postgres() {}

    static PostgresBackend start() throws IOException {
      Credentials superuser = new Credentials("postgres", Secrets.random());
      GenericContainer<?> container =
          new GenericContainer<>(DockerImageName.parse("timescale/timescaledb-ha:pg17"))
              .withExposedPorts(5432)
              .withEnv("POSTGRES_PASSWORD", superuser.password())
              .withCommand(
                  "postgres", "-c", "fsync=off", "-c", "timescaledb.max_background_workers=0")
              .waitingFor(
                  Wait.forLogMessage(".*ready to accept connections.*", 2)
                      .withStartupTimeout(Duration.ofMinutes(2)));
      return new PostgresBackend(
          new Container("PostgreSQL", Containers.start(container), 5432),
          Map.of(),
          superuser,
          "psql");
    }
  }

  /** Redis. */
  static final class Redis {
    private Redis() {}

    static RedisBackend start() throws IOException {
      GenericContainer<?> container =
          new GenericContainer<>(DockerImageName.parse("redis:8")).withExposedPorts(6379);
      return new RedisBackend(
          new Container("Redis", Containers.start(container), 6379), new Credentials("", ""));
    }
  }
}
