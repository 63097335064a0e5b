package dev.tenon.testkit.servers;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL for tests.
 *
 * <p>{@link #shared()} is the one server of this JVM; {@link #start(PostgresOptions)} makes one
 * more that may be killed. Both end with the JVM, also when that is killed. Safe for use by several
 * threads.
 */
public final class PostgresServer implements AutoCloseable {
  private static final Shared<PostgresServer> SHARED =
      new Shared<>(
          () ->
              new PostgresServer(
                  ServerSources.inOrder(
                          "PostgreSQL",
                          "TENON_TEST_JDBC_URL",
                          ExternalPostgres::parse,
                          () -> EmbeddedPostgres.start(PostgresOptions.defaults()),
                          () -> Containers.Postgres.start())
                      .first(backend -> backend.server().description())));

  private final PostgresBackend backend;
  private final ServerDatabases databases;

  private PostgresServer(PostgresBackend backend) {
    this.backend = backend;
    this.databases = new ServerDatabases(this, backend);
  }

  /**
   * The server that all tests of this JVM share, found or started on the first call.
   *
   * <p>Sources, in this order: the server named by the variable {@code TENON_TEST_JDBC_URL}; the
   * bundle in this jar; Docker. The choice is printed once to standard error.
   *
   * @throws TestServerException if none of them works, naming each and why
   */
  public static PostgresServer shared() {
    return SHARED.get();
  }

  /**
   * Starts a server of the bundle for the caller alone.
   *
   * @throws TestServerException if it does not start, with the end of its log
   */
  public static PostgresServer start(PostgresOptions options) {
    try {
      return new PostgresServer(EmbeddedPostgres.start(options));
    } catch (IOException e) {
      throw new TestServerException("no PostgreSQL could be started: " + e.getMessage(), e);
    }
  }

  /**
   * Starts a standby: a copy of this server that follows it by streaming replication and answers
   * queries that read. {@code select pg_promote()} makes it a primary; to have commits wait for it,
   * start this server with the setting {@code synchronous_standby_names}.
   *
   * @throws UnsupportedOperationException if this server is not one of the bundle
   * @throws TestServerException if the standby does not start, with the end of its log
   */
  public PostgresServer startStandby(PostgresOptions options) {
    return startStandby(options, port());
  }

  /** The same, which reaches this server through the network that can be cut. */
  public PostgresServer startStandby(PostgresOptions options, FaultProxy network) {
    return startStandby(options, network.port());
  }

  private PostgresServer startStandby(PostgresOptions options, int port) {
    if (!(backend.server() instanceof EmbeddedServer)) {
      throw new UnsupportedOperationException(description() + " is not ours to copy");
    }
    try {
      return new PostgresServer(
          EmbeddedPostgres.startStandby(options, EmbeddedServer.HOST, port, superuser()));
    } catch (IOException e) {
      throw new TestServerException("no standby could be started: " + e.getMessage(), e);
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

  /** The role that made the cluster; on a server named by URL the role in that URL. */
  public Credentials superuser() {
    return backend.superuser();
  }

  /** The password of {@link #superuser()}. */
  public String password() {
    return backend.superuser().password();
  }

  /** The URL of a database, without credentials. */
  public String jdbcUrl(String database) {
    String parameters =
        backend.parameters().entrySet().stream()
            .map(PostgresServer::parameter)
            .collect(Collectors.joining("&"));
    return "jdbc:postgresql://"
        + backend.server().host()
        + ":"
        + backend.server().port()
        + "/"
        + database
        + (parameters.isEmpty() ? "" : "?" + parameters);
  }

  private static String parameter(Map.Entry<String, String> parameter) {
    return parameter.getKey()
        + "="
        + URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8);
  }

  /** Connections to {@code database} as {@code credentials}; a new one for each request. */
  public DataSource dataSource(String database, Credentials credentials) {
    return connectingTo(jdbcUrl(database), credentials);
  }

  static DataSource connectingTo(String url, Credentials credentials) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    source.setUser(credentials.user());
    source.setPassword(credentials.password());
    source.setApplicationName("tenon-testkit");
    return source;
  }

  /** The shell line that opens {@code database} as the superuser. */
  public String psql(String database) {
    String program = backend.psqlProgram();
    return "PGPASSWORD="
        + quoted(backend.superuser().password())
        + " "
        + quoted(program)
        + " -h "
        + backend.server().host()
        + " -p "
        + backend.server().port()
        + " -U "
        + quoted(backend.superuser().user())
        + " -d "
        + quoted(database);
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** A fresh database like {@code template}, from its warm pool where one is ready. */
  public TestDatabase database(DatabaseTemplate template) {
    return databases.take(template);
  }

  /**
   * Kills all processes of the server at once, without a checkpoint.
   *
   * @throws UnsupportedOperationException if the server is not one of the bundle
   */
  public void kill9() {
    backend.server().kill9();
  }

  /**
   * Starts the server again on the same port and data; kills it first if it runs.
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

  /** Stops the server and removes its data, unless the options named a directory for it. */
  @Override
  public void close() {
    databases.close();
    backend.server().close();
  }
}
