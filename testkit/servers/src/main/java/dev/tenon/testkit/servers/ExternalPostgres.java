package dev.tenon.testkit.servers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** A server that somebody else runs, named by a JDBC URL with user and password in it. */
final class ExternalPostgres {
  private static final Set<String> NOT_PARAMETERS =
      Set.of("PGHOST", "PGPORT", "PGDBNAME", "user", "password");

  private ExternalPostgres() {}

  static PostgresBackend parse(String url) {
    Properties parsed = Driver.parseURL(url, new Properties());
    if (parsed == null) {
      throw new TestServerException(
          "TENON_TEST_JDBC_URL is not a URL of PostgreSQL's JDBC driver; it should look like"
              + " jdbc:postgresql://host:5432/postgres?user=...&password=...");
    }
    String user = PGProperty.USER.getOrDefault(parsed);
    if (user == null) {
      throw new TestServerException(
          "TENON_TEST_JDBC_URL names no user; add ?user=...&password=... of a role that may create"
              + " databases and roles");
    }
    String password = PGProperty.PASSWORD.getOrDefault(parsed);
    String host = String.valueOf(PGProperty.PG_HOST.getOrDefault(parsed));
    if (host.contains(",")) {
      throw new TestServerException("TENON_TEST_JDBC_URL must name one host, not several");
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String name : parsed.stringPropertyNames()) {
      if (!NOT_PARAMETERS.contains(name)) {
        parameters.put(name, parsed.getProperty(name));
      }
    }
    int port = Integer.parseInt(String.valueOf(PGProperty.PG_PORT.getOrDefault(parsed)));
    return new PostgresBackend(
        new ExternalServer("the PostgreSQL of TENON_TEST_JDBC_URL", host, port),
        Map.copyOf(parameters),
        new Credentials(user, password == null ? "" : password),
        "psql");
  }
}
