package dev.tenon.testkit.servers;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;

/** A Redis that somebody else runs, named by {@code redis://[user:]password@host:port}. */
final class ExternalRedis {
  private ExternalRedis() {}

  /**
   * Connects once, so that a wrong URL is told here and not in each test.
   *
   * @throws TestServerException if it does not answer
   */
  static RedisBackend parse(String url) {
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
    ServerBackend server =
        new ExternalServer(
            "the Redis of TENON_TEST_REDIS_URL",
            uri.getHost(),
            uri.getPort() < 0 ? 6379 : uri.getPort());
    try (RedisConnection connection =
        RedisConnection.open(server.host(), server.port(), credentials)) {
      connection.call("PING");
    } catch (IOException e) {
      throw new TestServerException(
          server.description() + " does not answer: " + e.getMessage(), e);
    }
    return new RedisBackend(server, credentials);
  }
}
