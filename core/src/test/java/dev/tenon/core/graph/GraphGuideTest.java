package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.UuidV7;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The code of docs/guide/graph.md. */
class GraphGuideTest {

  static final GraphRepository GRAPHS = GraphRepository.of("service_graph");

  static final GraphRepository LARGE = GraphRepository.of("service_graph").withEdgeTable();

  private final GraphDatabase database = GraphDatabase.withEdgeTable();
  private final Session acme = database.session();
  private final UUID graphId = UuidV7.next();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void emits_its_table_for_a_migration() {
    Migrations scripts = Migrations.named("app").script("V1__graphs.sql", GRAPHS.sql());

    assertThat(scripts.name()).isEqualTo("app");
  }

  @Test
  void stores_a_graph_and_explains_an_incident() {
    Graph services =
        Graph.of(
            List.of(Node.of("deploy"), Node.of("pool"), Node.of("checkout")),
            List.of(
                new Edge("e1", "deploy", "pool", 0.9, Attributes.of("{\"kind\": \"config\"}")),
                Edge.of("e2", "pool", "checkout", 0.8),
                Edge.of("e3", "deploy", "checkout", 0.5)));

    GRAPHS.insert(acme, graphId, services);
    GraphRepository.Stored stored = GRAPHS.get(acme, graphId);

    Traversal traversal = Traversal.of(stored.graph());
    Traversal.Hops near = traversal.hops("checkout", 1, Traversal.Direction.IN);
    ChainSearch.Chains why = traversal.chains().minConfidence(0.3).between("deploy", "checkout");
    ChainSearch.Chains suspects = traversal.chains().into("checkout");

    assertThat(near.reached()).hasSize(2);
    assertThat(why.strongest().orElseThrow().edges()).extracting(Edge::id).contains("e1", "e2");
    assertThat(suspects.chains()).hasSize(2);

    Traversal wide =
        traversal.within(Traversal.Limits.defaults().withMaxDepth(6).withMaxNodes(50_000));
    assertThat(wide.chains().from("deploy").truncated()).isFalse();
  }

  @Test
  void deletes_the_version_that_was_read() {
    GraphRepository.Stored stored = GRAPHS.insert(acme, graphId, incident());

    GRAPHS.delete(acme, graphId, stored.version());

    assertThat(GRAPHS.find(acme, graphId)).isEmpty();
  }

  @Test
  void asks_for_alternatives_and_for_the_whole_graph() {
    GRAPHS.insert(acme, graphId, incident());
    GraphRepository.Stored stored = GRAPHS.get(acme, graphId);
    Traversal traversal = Traversal.of(stored.graph());

    ChainSearch.Chains alternatives = traversal.chains().between("deploy", "checkout", 5);
    PathSearch.Paths ways =
        traversal.paths(edge -> 1 - edge.confidence()).between("deploy", "checkout", 5);

    assertThat(alternatives.chains()).hasSize(2);
    assertThat(ways.cheapest().orElseThrow().edges()).extracting(Edge::id).contains("e1", "e2");

    List<Cycle> cycles = traversal.cycles();
    TopologicalOrder order = traversal.topologicalOrder();
    List<Node> causes = traversal.ancestors("checkout");
    List<Node> effects = traversal.descendants("deploy");
    Graph part = stored.graph().subgraph(List.of("deploy", "pool"));
    Traversal.Neighbourhood around = traversal.neighbourhood("pool", 1, Traversal.Direction.BOTH);

    assertThat(cycles).isEmpty();
    assertThat(order).isEqualTo(new TopologicalOrder.Sorted(stored.graph().nodes()));
    assertThat(causes).hasSize(2);
    assertThat(effects).hasSize(2);
    assertThat(part.edges()).hasSize(1);
    assertThat(around.graph()).isEqualTo(stored.graph());
  }

  @Test
  void draws_and_exchanges_a_graph() {
    Graph services = incident();

    String drawing = GraphFormat.MERMAID.write(services);
    String labelled =
        GraphFormat.DOT.write(
            services, Node::id, edge -> edge.attributes().text("kind").orElse(""));
    String exchanged = GraphFormat.GRAPHML.write(services);

    assertThat(drawing).contains("n0[\"deploy\"]", "n0 -->|\"0.9\"| n1");
    assertThat(labelled).contains("n0 -> n1 [label=\"config\"];");
    assertThat(exchanged).contains("<data key=\"node-name\">deploy</data>");
  }

  @Test
  void asks_the_table_of_edges() {
    LARGE.insert(acme, graphId, incident());

    GraphRepository.Reach reach = LARGE.hops(acme, graphId, "deploy", 3, Traversal.Direction.OUT);

    assertThat(reach.reached()).extracting(GraphRepository.Reach.Reached::distance).contains(1);
  }

  private static Graph incident() {
    return Graph.of(
        List.of(Node.of("deploy"), Node.of("pool"), Node.of("checkout")),
        List.of(
            new Edge("e1", "deploy", "pool", 0.9, Attributes.of("{\"kind\": \"config\"}")),
            Edge.of("e2", "pool", "checkout", 0.8),
            Edge.of("e3", "deploy", "checkout", 0.5)));
  }

  @Test
  void patches_one_version_once() {
    GRAPHS.insert(
        acme,
        graphId,
        Graph.of(List.of(Node.of("a"), Node.of("b")), List.of(Edge.of("e1", "a", "b", 0.9))));
    GraphRepository.Stored stored = GRAPHS.get(acme, graphId);

    GraphPatch patch =
        GraphPatch.builder()
            .changeConfidence("e1", 0.82)
            .addNode(Node.of("c"))
            .addEdge(Edge.of("e2", "b", "c", 0.7))
            .build();
    long version = GRAPHS.patch(acme, graphId, stored.version(), patch);

    assertThat(version).isEqualTo(2);
    assertThatExceptionOfType(StaleVersionException.class)
        .isThrownBy(() -> GRAPHS.patch(acme, graphId, stored.version(), patch));
  }

  @Test
  void finds_the_graphs_that_contain_a_pattern() {
    GRAPHS.insert(
        acme,
        graphId,
        Graph.of(
            List.of(Node.of("pool"), Node.of("checkout")),
            List.of(Edge.of("e1", "pool", "checkout", 0.9))));

    GraphPattern pattern = GraphPattern.containing().node("pool").edge("pool", "checkout");
    List<GraphRepository.Stored> found = GRAPHS.findContaining(acme, pattern, 20);

    assertThat(found).hasSize(1);
  }
}
