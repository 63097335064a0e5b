package dev.tenon.testkit.servers;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.SQLException;

/**
 * What a child JVM does: starts servers, says where they are, and waits for the end of its input.
 */
final class ChildMain {
  private ChildMain() {}

  public static void main(String... words) throws IOException, SQLException {
    for (String word : words) {
      switch (word) {
        case "postgres" -> postgres(PostgresServer.shared());
        case "redis" -> redis(RedisServer.shared());
        case "pgbouncer" ->
            System.out.println(
                "pgbouncer="
                    + PgBouncerServer.before(TestDatabase.create(DatabaseTemplate.empty()))
                        .processId());
        case "clone" -> copy();
        case "hold" ->
            System.out.println("held=" + TestDatabase.create(DatabaseTemplate.empty()).name());
        case "wait" -> System.in.transferTo(OutputStream.nullOutputStream());
        default -> throw new IllegalArgumentException(word);
      }
    }
  }

  private static void postgres(PostgresServer server) throws SQLException {
    var source = server.dataSource("postgres", server.superuser());
    String data = Sql.text(source, "show data_directory");
    if (server.description().contains("bundle")) {
      System.out.println("run=" + Path.of(data).getParent());
    }
    System.out.println("data=" + data);
    System.out.println(
        "postmaster="
            + Sql.text(source, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"));
    System.out.println("description=" + server.description());
  }

  private static void redis(RedisServer server) throws IOException {
    try (RedisConnection connection = server.connect()) {
      System.out.println("run=" + connection.call("CONFIG", "GET", "dir"));
      String process =
          connection
              .call("INFO", "server")
              .lines()
              .filter(line -> line.startsWith("process_id:"))
              .findFirst()
              .orElseThrow();
      System.out.println("redis=" + process.substring("process_id:".length()));
    }
  }

  private static void copy() throws SQLException {
    DatabaseTemplate template =
        DatabaseTemplate.of(
            "child",
            "1",
            database ->
                Sql.run(
                    database.dataSource(database.owner()),
                    "create table made as select pg_backend_pid() as by"));
    try (TestDatabase database = TestDatabase.create(template)) {
      System.out.println("clone=" + database.name());
      System.out.println(
          "made="
              + Sql.text(database.dataSource(database.application()), "select min(by) from made"));
    }
  }
}
