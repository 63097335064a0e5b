package dev.tenon.guide;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.Migrations;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.Edge;
import dev.tenon.core.graph.Graph;
import dev.tenon.core.graph.GraphPatch;
import dev.tenon.core.graph.GraphPattern;
import dev.tenon.core.graph.GraphRepository;
import dev.tenon.core.graph.Node;
import dev.tenon.core.graph.Traversal;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
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

  /** Graphs and their edges, under row-level security. */
  public static final class Graphs implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return isolatedBy(TenantTable.rls("service_graph"), TenantTable.rls("service_graph_edge"));
    }
  }

  /** The same behind fences. */
  public static final class Fenced implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return isolatedBy(
          TenantTable.fence("service_graph").key("id"),
          TenantTable.fence("service_graph_edge").key("graph_id", "id"));
    }
  }

  /** A table of edges that was made when the graphs were behind a fence. */
  public static final class FencedBefore implements TestSchema {

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("graphs")
              .script(
                  "V1__graphs.sql",
                  GraphRepository.of("service_graph").sql()
                      + TenantTable.fence("service_graph").sql())
              .script(
                  "V2__edges.sql",
                  GRAPHS.edgeTableSql() + TenantTable.rls("service_graph_edge").sql()));
    }
  }

  private static List<Migrations> isolatedBy(TenantTable... tables) {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("graphs")
            .script("V1__graphs.sql", GRAPHS.sql())
            .script("R__isolation.sql", TenantTables.of(tables).sql()));
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

  @Test
  void another_tenant_neither_reads_nor_patches_nor_walks_a_graph(TenantDatabase tenants) {
    UUID id = UuidV7.next();
    TenantSession acme = tenants.as(TenantId.of(UuidV7.next()));
    TenantSession bolt = tenants.as(TenantId.of(UuidV7.next()));
    GRAPHS.insert(acme, id, graph());

    assertThat(GRAPHS.find(bolt, id)).isEmpty();
    assertThat(GRAPHS.findContaining(bolt, GraphPattern.containing().node("pool"), 9)).isEmpty();
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> GRAPHS.patch(bolt, id, 1, cut()));
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> GRAPHS.hops(bolt, id, "deploy", 1, Traversal.Direction.OUT));
    assertThat(edges(bolt)).isEmpty();
    assertThat(edges(acme)).containsExactly("e1");
  }

  @Test
  void a_graph_of_the_same_id_is_another_for_another_tenant(TenantDatabase tenants) {
    UUID id = UuidV7.next();
    TenantSession acme = tenants.as(TenantId.of(UuidV7.next()));
    TenantSession bolt = tenants.as(TenantId.of(UuidV7.next()));
    GRAPHS.insert(acme, id, graph());
    GRAPHS.insert(bolt, id, graph());

    GRAPHS.patch(bolt, id, 1, cut());

    assertThat(edges(bolt)).isEmpty();
    assertThat(edges(acme)).containsExactly("e1");
    assertThat(reached(bolt, id)).isEmpty();
    assertThat(reached(acme, id)).containsExactly("pool");
  }

  @Test
  void a_patch_of_the_version_that_was_read_keeps_the_edges(TenantDatabase tenants) {
    UUID id = UuidV7.next();
    TenantSession acme = tenants.as(TenantId.of(UuidV7.next()));
    GRAPHS.insert(acme, id, graph());
    GraphPatch more =
        GraphPatch.builder()
            .addNode(Node.of("checkout"))
            .addEdge(Edge.of("e2", "pool", "checkout", 0.5))
            .build();

    GRAPHS.patch(acme, id, 1, more);

    assertThatExceptionOfType(StaleVersionException.class)
        .isThrownBy(() -> GRAPHS.patch(acme, id, 1, cut()));
    assertThat(edges(acme)).containsExactly("e1", "e2");
    assertThat(reached(acme, id)).containsExactly("pool", "checkout");
    assertThat(GRAPHS.findContaining(acme, GraphPattern.containing().node("checkout"), 9))
        .hasSize(1);
  }

  @Test
  void a_graph_that_is_deleted_takes_its_edges_along(TenantDatabase tenants) {
    UUID id = UuidV7.next();
    TenantSession acme = tenants.as(TenantId.of(UuidV7.next()));
    GRAPHS.insert(acme, id, graph());

    acme.sql().execute("delete from service_graph where id = ?", id);

    assertThat(edges(acme)).isEmpty();
  }

  @Test
  void only_the_tenant_of_a_graph_deletes_it_and_its_edges_go_along(TenantDatabase tenants) {
    UUID id = UuidV7.next();
    TenantSession acme = tenants.as(TenantId.of(UuidV7.next()));
    TenantSession bolt = tenants.as(TenantId.of(UuidV7.next()));
    GRAPHS.insert(acme, id, graph());

    assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> GRAPHS.delete(bolt, id, 1));
    assertThat(edges(acme)).containsExactly("e1");
    GRAPHS.delete(acme, id, 1);

    assertThat(GRAPHS.find(acme, id)).isEmpty();
    assertThat(edges(acme)).isEmpty();
  }

  private static List<String> reached(TenantSession tenant, UUID id) {
    return GRAPHS.hops(tenant, id, "deploy", 9, Traversal.Direction.OUT).reached().stream()
        .map(GraphRepository.Reach.Reached::node)
        .toList();
  }

  private static List<String> edges(TenantSession tenant) {
    return tenant.sql().fetchValues("select id from service_graph_edge order by id").stream()
        .map(String::valueOf)
        .toList();
  }

  private static GraphPatch cut() {
    return GraphPatch.builder().removeEdge("e1").build();
  }

  private static Graph graph() {
    return Graph.of(
        List.of(Node.of("deploy"), Node.of("pool")), List.of(Edge.of("e1", "deploy", "pool", 0.9)));
  }
}
