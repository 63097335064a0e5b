package dev.tenon.core.graph;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.core.internal.Admission;
import dev.tenon.core.internal.Engine;
import dev.tenon.core.internal.TenantRules;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.Optional;

/** A database with a table of graphs, and a session of a fresh tenant on it. */
final class GraphDatabase implements AutoCloseable {

  static final GraphRepository GRAPHS = GraphRepository.of("service_graph");

  static final GraphRepository WITH_EDGES = GRAPHS.withEdgeTable();

  private static final DatabaseTemplate PLAIN = template("graph", GRAPHS.sql());
  private static final DatabaseTemplate FENCED =
      template("graph_rls", GRAPHS.sql() + policy("service_graph"));
  private static final DatabaseTemplate EDGES =
      template(
          "graph_edges", WITH_EDGES.sql() + policy("service_graph") + policy("service_graph_edge"));

  private final TestDatabase server;
  private final Database database;
  private final TenantId tenant = TenantId.of(UuidV7.next());

  private GraphDatabase(DatabaseTemplate template) {
    server = TestDatabase.create(template);
    database = open(server, server.application());
  }

  static GraphDatabase plain() {
    return new GraphDatabase(PLAIN);
  }

  static GraphDatabase withRowLevelSecurity() {
    return new GraphDatabase(FENCED);
  }

  /** Both tables are under row-level security. */
  static GraphDatabase withEdgeTable() {
    return new GraphDatabase(EDGES);
  }

  private static String policy(String table) {
    return """
        alter table %1$s enable row level security;
        alter table %1$s force row level security;
        create policy tenant on %1$s
          using (tenant_id = (select current_setting('app.current_tenant')::uuid));
        """
        .formatted(table);
  }

  /** Runs a statement as the owner of the tables. */
  void asOwner(String sql) {
    try (Database owner = open(server, server.owner())) {
      owner.sql().execute(sql);
    }
  }

  Database withoutTenant() {
    return database;
  }

  Session session() {
    return session(tenant);
  }

  Session session(TenantId other) {
    return database
        .unwrap(Engine.class)
        .session(new TenantRules(other, false, Optional.empty(), Admission.FREE));
  }

  TenantId tenant() {
    return tenant;
  }

  /** Gives the planner statistics, which only the owner may gather. */
  void analyze() {
    asOwner("analyze service_graph");
  }

  @Override
  public void close() {
    database.close();
    server.close();
  }

  private static DatabaseTemplate template(String name, String sql) {
    Migrations scripts = Migrations.named(name).script("V1__graphs.sql", sql);
    return DatabaseTemplate.of(
        name,
        scripts.fingerprint(),
        prepared -> {
          try (Database owner = open(prepared, prepared.owner())) {
            owner.migrate(scripts);
          }
        });
  }

  private static Database open(TestDatabase server, Credentials role) {
    return Database.open(
        DatabaseConfig.url(server.url())
            .user(role.user())
            .password(role.password())
            .poolSize(8)
            .build());
  }
}
