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

  /** PostgreSQL with TimescaleDB and pgvector. */
  record Postgres(GenericContainer<?> container, Credentials superuser) implements PostgresBackend {
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
      return new Postgres(Containers.start(container), superuser);
    }

    @Override
    public String description() {
      return "PostgreSQL in the container " + container.getDockerImageName();
    }

    @Override
    public String host() {
      return container.getHost();
    }

    @Override
    public int port() {
      return container.getMappedPort(5432);
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of();
    }

    @Override
    public String log() {
      return container.getLogs();
    }

    @Override
    public void close() {
      container.stop();
    }
  }

  /** Redis. */
  record Redis(GenericContainer<?> container) implements RedisBackend {
    static RedisBackend start() throws IOException {
      return new Redis(
          Containers.start(
              new GenericContainer<>(DockerImageName.parse("redis:8")).withExposedPorts(6379)));
    }

    @Override
    public String description() {
      return "Redis in the container " + container.getDockerImageName();
    }

    @Override
    public String host() {
      return container.getHost();
    }

    @Override
    public int port() {
      return container.getMappedPort(6379);
    }

    @Override
    public Credentials credentials() {
      return new Credentials("", "");
    }

    @Override
    public String log() {
      return container.getLogs();
    }

    @Override
    public void close() {
      container.stop();
    }
  }
}
