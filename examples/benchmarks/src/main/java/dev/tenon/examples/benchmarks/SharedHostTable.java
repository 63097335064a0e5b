package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;

/** Hosts that belong to nobody, which Tenon and its peers read and write alike. */
final class SharedHostTable {

  static final String NAME = "shared_hosts";

  static final String COLUMNS = "id, name, rack, system, cores, memory, load, seen_at, version";

  private static final Migrations MIGRATIONS =
      Migrations.named("shared_hosts")
          .script(
              "V1__shared_hosts.sql",
              HostTables.table(NAME, "", "id") + "create index on shared_hosts (seen_at, id);");

  private SharedHostTable() {}

  static void build(Stage stage, int rows) throws SQLException {
    TestDatabase database = TestDatabase.create(template());
    stage.onClose(database::close);
    stage.put(RoundTrips.DIRECT_URL, database.url());
    stage.put("url", database.url());
    stage.put("user", database.application().user());
    stage.put("password", database.application().password());
    stage.put("owner.user", database.owner().user());
    stage.put("owner.password", database.owner().password());
    stage.put("rows", Integer.toString(rows));
    stage.onClose(() -> Peers.closeKept(database.url()));
    fill(database, rows);
  }

  /** A host to write; which one does not matter. */
  static Host host(UUID id) {
    return new Host(
        id,
        "host-17",
        "rack-4",
        "linux",
        16,
        68_719_476_736L,
        0.25,
        Instant.parse("2026-01-05T00:00:00Z"),
        1);
  }

  static void empty(Coordinates coordinates) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                coordinates.get(RoundTrips.DIRECT_URL),
                coordinates.get("owner.user"),
                coordinates.get("owner.password"));
        Statement statement = connection.createStatement()) {
      statement.execute("truncate shared_hosts");
    }
  }

  private static DatabaseTemplate template() {
    return DatabaseTemplate.of(
        NAME,
        MIGRATIONS.fingerprint(),
        made -> {
          try (Database owner =
              Database.open(
                  DatabaseConfig.url(made.url())
                      .user(made.owner().user())
                      .password(made.owner().password())
                      .poolSize(1)
                      .build())) {
            owner.migrate(MIGRATIONS);
          }
        });
  }

  private static void fill(TestDatabase database, int rows) throws SQLException {
    UUID[] identifiers = Stream.generate(UuidV7::next).limit(rows).toArray(UUID[]::new);
    try (Connection connection = database.dataSource(database.superuser()).getConnection();
        PreparedStatement hosts =
            connection.prepareStatement(
                """
                insert into shared_hosts (id, name, rack, system, cores, memory, load, seen_at, version)
                select id, 'host-' || n, 'rack-' || n % 40, 'linux', n % 64,
                       n * 1073741824::bigint, n % 100 / 100.0, timestamptz '2026-01-01' + n / 3 * interval '1 s', 1
                  from unnest(?::uuid[]) with ordinality as made (id, n)
                """);
        Statement vacuum = connection.createStatement()) {
      hosts.setArray(1, connection.createArrayOf("uuid", identifiers));
      hosts.executeUpdate();
      vacuum.execute("vacuum analyze shared_hosts");
    }
  }
}
