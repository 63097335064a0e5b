package dev.tenon.guide;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.Edge;
import dev.tenon.core.graph.Graph;
import dev.tenon.core.graph.GraphRepository;
import dev.tenon.core.graph.Node;
import dev.tenon.core.graph.Traversal;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The table of edges is held by the policies, as that of the graphs is. */
@TenonTest(schema = GraphIsolationTest.Graphs.class)
class GraphIsolationTest {

  static final GraphRepository GRAPHS = GraphRepository.of("service_graph").withEdgeTable();

  /** Graphs and their edges, owned by tenants. */
  public static final class Graphs implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      TenantTables tables =
          TenantTables.of(TenantTable.rls("service_graph"), TenantTable.rls("service_graph_edge"));
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("graphs")
              .script("V1__graphs.sql", GRAPHS.sql())
              .script("R__isolation.sql", tables.sql()));
    }
  }

  @Test
  void no_tenant_reads_or_writes_edges_of_another(TestDatabase database, TenantDatabase tenants) {
    TenantId acme = TenantId.of(UuidV7.next());
    TenantId bolt = TenantId.of(UuidV7.next());
    for (TenantId tenant : List.of(acme, bolt)) {
      GRAPHS.insert(tenants.as(tenant), UuidV7.next(), graph());
    }

    assertThatIsolation(database).between(acme, bolt).holds();
  }

  @Test
  void the_trigger_writes_edges_as_the_tenant_that_writes_the_graph(TenantDatabase tenants) {
    UUID id = UuidV7.next();
    TenantId acme = TenantId.of(UuidV7.next());
    GRAPHS.insert(tenants.as(acme), id, graph());

    GraphRepository.Reach reach =
        GRAPHS.hops(tenants.as(acme), id, "deploy", 2, Traversal.Direction.OUT);

    assertThat(reach.reached()).containsExactly(new GraphRepository.Reach.Reached("pool", 1));
  }

  private static Graph graph() {
    return Graph.of(
        List.of(Node.of("deploy"), Node.of("pool")), List.of(Edge.of("e1", "deploy", "pool", 0.9)));
  }
}
