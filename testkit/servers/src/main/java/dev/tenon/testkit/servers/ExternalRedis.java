package dev.tenon.testkit.servers;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;

/** A Redis that somebody else runs, named by {@code redis://[user:]password@host:port}. */
record ExternalRedis(String host, int port, Credentials credentials) implements RedisBackend {

  /**
   * Connects once, so that a wrong URL is told here and not in each test.
   *
   * @throws TestServerException if it does not answer
   */
  static ExternalRedis parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new TestServerException("TENON_TEST_REDIS_URL is not a URL", e);
    }
    if (!"redis".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new TestServerException(
          "TENON_TEST_REDIS_URL should look like redis://:password@host:6379");
    }
    String secret = uri.getUserInfo() == null ? "" : uri.getUserInfo();
    int colon = secret.indexOf(':');
    Credentials credentials =
        new Credentials(colon < 0 ? "" : secret.substring(0, colon), secret.substring(colon + 1));
    ExternalRedis redis =
        new ExternalRedis(uri.getHost(), uri.getPort() < 0 ? 6379 : uri.getPort(), credentials);
    try (RedisConnection connection =
        RedisConnection.open(redis.host(), redis.port(), credentials)) {
      connection.call("PING");
    } catch (IOException e) {
      throw new TestServerException(redis.description() + " does not answer: " + e.getMessage(), e);
    }
    return redis;
  }

  @Override
  public String description() {
    return "the Redis of TENON_TEST_REDIS_URL on " + host + ":" + port;
  }

  @Override
  public void close() {}
}
