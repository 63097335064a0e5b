package dev.tenon.testkit.servers;

import java.io.IOException;
import java.net.URI;
import java.util.Map;

/**
 * A real Redis for tests.
 *
 * <p>{@link #shared()} is the one server of this JVM; {@link #start()} makes one more that may be
 * killed. Both end with the JVM, also when that is killed. Safe for use by several threads.
 */
public final class RedisServer implements AutoCloseable {
  private static final Shared<RedisServer> SHARED =
      new Shared<>(
          () ->
              new RedisServer(
                  ServerSources.inOrder(
                          "Redis",
                          "TENON_TEST_REDIS_URL",
                          ExternalRedis::parse,
                          () -> EmbeddedRedis.start(Map.of()),
                          () -> Containers.Redis.start())
                      .first(backend -> backend.server().description())));

  private final RedisBackend backend;

  private RedisServer(RedisBackend backend) {
    this.backend = backend;
  }

  /**
   * The server that all tests of this JVM share, found or started on the first call.
   *
   * <p>Sources, in this order: the server named by the variable {@code TENON_TEST_REDIS_URL}; the
   * bundle in this jar; Docker. The choice is printed once to standard error.
   *
   * @throws TestServerException if none of them works, naming each and why
   */
  public static RedisServer shared() {
    return SHARED.get();
  }

  /**
   * Starts a server of the bundle for the caller alone; it keeps nothing over a restart.
   *
   * @throws TestServerException if it does not start, with the end of its log
   */
  public static RedisServer start() {
    return start(Map.of());
  }

  /**
   * Starts a server of the bundle for the caller alone.
   *
   * @param settings lines of {@code redis.conf}, for example {@code appendonly} to {@code yes}; a
   *     {@code requirepass} in place of a password made at random, which servers that replicate
   *     each other share
   * @throws TestServerException if it does not start, with the end of its log
   */
  public static RedisServer start(Map<String, String> settings) {
    try {
      return new RedisServer(EmbeddedRedis.start(settings));
    } catch (IOException e) {
      throw new TestServerException("no Redis could be started: " + e.getMessage(), e);
    }
  }

  /**
   * Starts a sentinel of the bundle.
   *
   * @param settings lines of its configuration, for example {@code sentinel monitor} to {@code main
   *     127.0.0.1 6379 1}
   * @throws TestServerException if it does not start, with the end of its log
   */
  public static RedisServer startSentinel(Map<String, String> settings) {
    try {
      return new RedisServer(EmbeddedRedis.startSentinel(settings));
    } catch (IOException e) {
      throw new TestServerException("no sentinel could be started: " + e.getMessage(), e);
    }
  }

  /** What it is and where it listens, in words. */
  public String description() {
    return backend.server().description();
  }

  /** The name or address to connect to. */
  public String host() {
    return backend.server().host();
  }

  /** The port that it listens on. */
  public int port() {
    return backend.server().port();
  }

  /** The password of the default user; empty where the server asks for none. */
  public String password() {
    return backend.credentials().password();
  }

  /** {@code redis://:password@host:port/number}, as Lettuce and redis-cli read it. */
  public URI uri(int number) {
    Credentials credentials = backend.credentials();
    String secret =
        credentials.password().isEmpty()
            ? ""
            : credentials.user() + ":" + credentials.password() + "@";
    return URI.create(
        "redis://"
            + secret
            + backend.server().host()
            + ":"
            + backend.server().port()
            + "/"
            + number);
  }

  /**
   * A numbered database that nobody else uses, empty.
   *
   * @throws TestServerException if all are in use
   */
  public TestRedis database() {
    return TestRedis.claim(this);
  }

  /**
   * Kills the server at once.
   *
   * @throws UnsupportedOperationException if the server is not one of the bundle
   */
  public void kill9() {
    backend.server().kill9();
  }

  /**
   * Starts the server again on the same port; kills it first if it runs.
   *
   * @throws UnsupportedOperationException if the server is not one of the bundle
   */
  public void restart() {
    backend.server().restart();
  }

  /** What the server has printed so far; empty where it is not ours. */
  public String log() {
    return backend.server().log();
  }

  RedisConnection connect() throws IOException {
    return RedisConnection.open(
        backend.server().host(), backend.server().port(), backend.credentials());
  }

  /** Stops the server. */
  @Override
  public void close() {
    backend.server().close();
  }
}
