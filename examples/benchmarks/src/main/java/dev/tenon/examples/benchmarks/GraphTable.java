package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.graph.Edge;
import dev.tenon.core.graph.Graph;
import dev.tenon.core.graph.GraphRepository;
import dev.tenon.core.graph.Node;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

/** One graph of one tenant, as a document and as a table of its edges, under row-level security. */
final class GraphTable {

  static final String TENANT = "0191f6c0-0000-7000-8000-00000000000f";
  static final UUID ID = UUID.fromString("0191f6c0-0000-7000-8000-000000000010");

  static final GraphRepository DOCUMENTS = GraphRepository.of("service_graph");
  static final GraphRepository EDGES = DOCUMENTS.withEdgeTable();

  private static final int EDGES_OF_NODE = 5;

  private static final Migrations MIGRATIONS =
      Migrations.named("graphs")
          .script(
              "V1__graphs.sql",
              EDGES.sql()
                  + TenantTable.rls("service_graph").sql()
                  + TenantTable.rls("service_graph_edge").sql());

  private GraphTable() {}

  /** Of so many nodes, and five times as many edges. */
  static void build(Stage stage, int nodes) throws SQLException {
    TestDatabase database = TestDatabase.create(template());
    stage.onClose(database::close);
    try (Database application = DocumentTable.open(database.url(), database.application(), 1)) {
      EDGES.insert(TenantDatabase.on(application).as(TENANT), ID, graph(nodes));
    }
    Credentials unbound = database.createRole("unbound", "BYPASSRLS");
    try (Connection connection = database.dataSource(database.superuser()).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("vacuum analyze service_graph, service_graph_edge");
      statement.execute("grant select on service_graph_edge to " + unbound.user());
    }
    stage.put(RoundTrips.DIRECT_URL, database.url());
    stage.put("url", database.url());
    stage.put("user", database.application().user());
    stage.put("password", database.application().password());
    stage.put("unbound.user", unbound.user());
    stage.put("unbound.password", unbound.password());
    stage.put("nodes", Integer.toString(nodes));
  }

  /** Edges between nodes drawn alike, never from a node to itself; always the same graph. */
  static Graph graph(int nodes) {
    Random random = new Random(8);
    List<Edge> edges =
        IntStream.range(0, nodes * EDGES_OF_NODE)
            .mapToObj(
                number -> {
                  int from = random.nextInt(nodes);
                  int to = (from + 1 + random.nextInt(nodes - 1)) % nodes;
                  return Edge.of("edge-" + number, node(from), node(to), 1 - random.nextDouble());
                })
            .toList();
    return Graph.of(
        IntStream.range(0, nodes).mapToObj(number -> Node.of(node(number))).toList(), edges);
  }

  static String node(int number) {
    return "service-" + number;
  }

  private static DatabaseTemplate template() {
    return DatabaseTemplate.of(
        "graphs",
        TenancyMigrations.all().fingerprint() + MIGRATIONS.fingerprint(),
        made -> {
          try (Database owner = DocumentTable.open(made.url(), made.owner(), 1)) {
            owner.migrate(TenancyMigrations.all(), MIGRATIONS);
          }
        });
  }
}
