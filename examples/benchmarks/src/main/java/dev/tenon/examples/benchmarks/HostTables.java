package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The same hosts in three tables: owned by tenants under row-level security, owned by tenants
 * without it, and owned by nobody.
 */
final class HostTables {

  static final String TENANT = "0191f6c0-0000-7000-8000-000000000000";

  private static final int EVEN_TENANTS = 10;

  private static final Migrations MIGRATIONS =
      Migrations.named("hosts")
          .script(
              "V1__hosts.sql",
              table("hosts", "tenant_id uuid not null,", "tenant_id, id")
                  + table("hosts_without_policy", "tenant_id uuid not null,", "tenant_id, id")
                  + table("hosts_without_tenant", "", "id")
                  + TenantTable.rls("hosts").sql());

  private HostTables() {}

  /** A tenth of the rows belongs to each of ten tenants, and one of them is read. */
  static void build(Stage stage, int rows) throws SQLException {
    build(stage, rows, number -> number % EVEN_TENANTS);
    stage.put("tenant", TENANT);
  }

  /**
   * The rows are spread over the tenants by Zipf's law, the n-th has 1/n of the first one's, and
   * are read all alike, so that tenants are asked for by the same law.
   */
  static Stage.Builder skewed(int tenants) {
    return (stage, rows) -> build(stage, rows, new Zipf(tenants)::next);
  }

  private static void build(Stage stage, int rows, IntUnaryOperator tenantOfRow)
      throws SQLException {
    TestDatabase database = TestDatabase.create(template());
    stage.onClose(database::close);
    fill(database, IntStream.range(0, rows).map(tenantOfRow).mapToObj(HostTables::tenant));
    stage.put(RoundTrips.DIRECT_URL, database.url());
    stage.put("url", database.url());
    stage.put("user", database.application().user());
    stage.put("password", database.application().password());
  }

  /** The same with a server that is this round trip away. */
  static Stage.Builder at(Duration roundTrip) {
    return (stage, rows) -> {
      build(stage, rows);
      PostgresServer server = PostgresServer.shared();
      FaultProxy network = FaultProxy.to(server).latency(roundTrip);
      stage.onClose(network::close);
      stage.put("url", network.reroute(stage.coordinates().get("url")));
    };
  }

  static UUID tenant(int number) {
    UUID first = UUID.fromString(TENANT);
    return new UUID(first.getMostSignificantBits(), first.getLeastSignificantBits() + number);
  }

  private static DatabaseTemplate template() {
    return DatabaseTemplate.of(
        "hosts",
        TenancyMigrations.all().fingerprint() + MIGRATIONS.fingerprint(),
        made -> {
          try (Database owner = open(made, made.owner())) {
            owner.migrate(TenancyMigrations.all(), MIGRATIONS);
          }
        });
  }

  private static Database open(TestDatabase made, Credentials role) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(role.user())
            .password(role.password())
            .poolSize(1)
            .build());
  }

  static String table(String name, String tenant, String key) {
    return """
        create table %s (
          %s
          id uuid not null,
          name text not null,
          rack text not null,
          system text not null,
          cores int not null,
          memory bigint not null,
          load double precision not null,
          seen_at timestamptz not null,
          version int not null,
          primary key (%s)
        );
        """
        .formatted(name, tenant, key);
  }

  /** As the superuser, whom policies do not bind. */
  private static void fill(TestDatabase database, Stream<UUID> tenants) throws SQLException {
    UUID[] owners = tenants.toArray(UUID[]::new);
    UUID[] identifiers = Stream.generate(UuidV7::next).limit(owners.length).toArray(UUID[]::new);
    try (Connection connection = database.dataSource(database.superuser()).getConnection();
        PreparedStatement hosts =
            connection.prepareStatement(
                """
                insert into hosts (tenant_id, id, name, rack, system, cores, memory, load, seen_at, version)
                select tenant, id, 'host-' || n, 'rack-' || n % 40, 'linux', n % 64,
                       n * 1073741824::bigint, n % 100 / 100.0, timestamptz '2026-01-01' + n * interval '1 s', 1
                  from unnest(?::uuid[], ?::uuid[]) with ordinality as made (tenant, id, n)
                """);
        Statement copies = connection.createStatement()) {
      hosts.setArray(1, connection.createArrayOf("uuid", owners));
      hosts.setArray(2, connection.createArrayOf("uuid", identifiers));
      hosts.executeUpdate();
      copies.execute(
          """
          insert into hosts_without_policy (tenant_id, id, name, rack, system, cores, memory, load, seen_at, version)
          select tenant_id, id, name, rack, system, cores, memory, load, seen_at, version from hosts
          """);
      copies.execute(
          """
          insert into hosts_without_tenant (id, name, rack, system, cores, memory, load, seen_at, version)
          select id, name, rack, system, cores, memory, load, seen_at, version from hosts
          """);
      copies.execute(
          """
          insert into tenon.tenant (id, name) select tenant_id, tenant_id from hosts group by tenant_id
          """);
      copies.execute(
          "vacuum analyze hosts, hosts_without_policy, hosts_without_tenant, tenon.tenant");
    }
  }
}
