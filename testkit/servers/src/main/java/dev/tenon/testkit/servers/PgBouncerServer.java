package dev.tenon.testkit.servers;

import dev.tenon.testkit.servers.internal.process.RunDirectory;
import dev.tenon.testkit.servers.internal.process.SupervisedServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * A real PgBouncer in transaction mode in front of one test's database.
 *
 * <p><b>Creation:</b> started out of the bundle on a free port of 127.0.0.1, as the user that the
 * other servers run as. <b>Scope:</b> the clients of that database, as any role that may log in to
 * it; all clients of one role share the server connections of its pool, one by default. Prepared
 * statements work through it ({@code max_prepared_statements} is 200). <b>Cleanup:</b> {@link
 * #close()}, or the end of the JVM, however it ends. Safe for use by several threads.
 *
 * <p>Start-up options do not pass it; tell Tenon so with {@code
 * DatabaseConfig.transactionPooler(true)}.
 */
public final class PgBouncerServer implements AutoCloseable {
  private final EmbeddedServer server;
  private final TestDatabase database;

  private PgBouncerServer(EmbeddedServer server, TestDatabase database) {
    this.server = server;
    this.database = database;
  }

  /**
   * Starts one in front of a database, with one server connection for each role.
   *
   * @throws TestServerException if it does not start, with the end of its log
   */
  public static PgBouncerServer before(TestDatabase database) {
    return before(database, 1);
  }

  /**
   * Starts one in front of a database.
   *
   * @param poolSize how many server connections each role has, 1 or more
   * @throws TestServerException if it does not start, with the end of its log
   */
  public static PgBouncerServer before(TestDatabase database, int poolSize) {
    if (poolSize < 1) {
      throw new IllegalArgumentException("a pool has 1 connection or more, not " + poolSize);
    }
    try {
      return new PgBouncerServer(
          EmbeddedServer.start("PgBouncer", place -> launch(database, poolSize, place)), database);
    } catch (IOException e) {
      throw new TestServerException("no PgBouncer could be started: " + e.getMessage(), e);
    }
  }

  private static SupervisedServer.Launch launch(
      TestDatabase database, int poolSize, EmbeddedServer.Place place) throws IOException {
    RunDirectory directory = RunDirectory.create(place.user(), "tenon-pgbouncer-");
    directory.write("prepare.sh", ":\n");
    directory.write("users.txt", users(database));
    directory.write("pgbouncer.ini", configuration(database, poolSize, place.port(), directory));
    return new SupervisedServer.Launch(
        place.bundle(),
        directory,
        List.of(
            place.bundle().program("pgbouncer").toString(),
            directory.path().resolve("pgbouncer.ini").toString()),
        Map.of(),
        "KILL",
        false,
        number -> directory.log().contains("process up"));
  }

  /** The roles of every test database; those made later are asked for by the superuser. */
  private static String users(TestDatabase database) {
    return Stream.of(database.superuser(), database.owner(), database.application())
        .map(role -> quoted(role.user()) + " " + quoted(role.password()) + "\n")
        .collect(Collectors.joining());
  }

  private static String quoted(String word) {
    return '"' + word.replace("\"", "\"\"") + '"';
  }

  private static String configuration(
      TestDatabase database, int poolSize, int port, RunDirectory directory) {
    String target = "host=%s port=%d".formatted(database.server().host(), database.server().port());
    return """
        [databases]
        %s = %s
        postgres = %s
        [pgbouncer]
        pool_mode = transaction
        default_pool_size = %d
        max_prepared_statements = 200
        max_client_conn = 300
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = %s
        auth_user = %s
        auth_dbname = postgres
        ignore_startup_parameters = extra_float_digits
        """
        .formatted(
            database.name(),
            target,
            target,
            poolSize,
            port,
            directory.path().resolve("users.txt"),
            database.superuser().user());
  }

  /** The name or address to connect to. */
  public String host() {
    return server.host();
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** The JDBC URL of the database by way of this pooler, without credentials. */
  public String url() {
    return "jdbc:postgresql://" + host() + ":" + port() + "/" + database.name();
  }

  /** Connections as {@code credentials}; a new client connection for each request. */
  public DataSource dataSource(Credentials credentials) {
    return PostgresServer.connectingTo(url(), credentials);
  }

  /** What it has printed so far. */
  public String log() {
    return server.log();
  }

  long processId() {
    return server.processId();
  }

  Path directory() {
    return server.directory().path();
  }

  /** Cuts its clients and its server connections, and stops it. */
  @Override
  public void close() {
    server.close();
  }
}
