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

  private static final String POLICY =
      """
      alter table service_graph enable row level security;
      alter table service_graph force row level security;
      create policy tenant on service_graph
        using (tenant_id = (select current_setting('app.current_tenant')::uuid));
      """;

  private static final DatabaseTemplate PLAIN = template("graph", GRAPHS.sql());
  private static final DatabaseTemplate FENCED = template("graph_rls", GRAPHS.sql() + POLICY);

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
    try (Database owner = open(server, server.owner())) {
      owner.sql().execute("analyze service_graph");
    }
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
