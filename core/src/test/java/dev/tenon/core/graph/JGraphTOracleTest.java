package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jgrapht.GraphPath;
import org.jgrapht.alg.connectivity.KosarajuStrongConnectivityInspector;
import org.jgrapht.alg.cycle.CycleDetector;
import org.jgrapht.alg.shortestpath.DijkstraShortestPath;
import org.jgrapht.alg.shortestpath.YenKShortestPath;
import org.jgrapht.graph.DirectedWeightedPseudograph;
import org.jgrapht.graph.EdgeReversedGraph;
import org.jgrapht.traverse.BreadthFirstIterator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JGraphT answers the same, on graphs that are too large for brute force. */
class JGraphTOracleTest {

  private static final int GRAPHS = 20;
  private static final int PATHS = 10;
  private static final double ROUNDING = 1e-9;
  private static final Traversal.Limits WIDE =
      Traversal.Limits.defaults().withMaxDepth(10_000).withMaxNodes(1_000_000);

  @ParameterizedTest
  @CsvSource({"20, 30", "60, 240", "200, 400", "300, 3000"})
  void finds_the_cheapest_paths_at_the_same_costs(int size, int edges) {
    ToDoubleFunction<Edge> cost = edge -> Math.rint(edge.confidence() * 9);
    for (long seed = 0; seed < GRAPHS; seed++) {
      Graph graph = RandomGraphs.sparse(size, edges, seed);
      DirectedWeightedPseudograph<String, String> oracle = oracle(graph, cost);

      PathSearch search = Traversal.of(graph).within(WIDE).paths(cost);

      GraphPath<String, String> cheapest = new DijkstraShortestPath<>(oracle).getPath("n0", "n1");
      assertThat(costs(search.between("n0", "n1")))
          .as("seed %d", seed)
          .isEqualTo(cheapest == null ? List.of() : List.of(cheapest.getWeight()));
      assertThat(costs(search.between("n0", "n1", PATHS)))
          .as("seed %d", seed)
          .isEqualTo(
              new YenKShortestPath<>(oracle)
                  .getPaths("n0", "n1", PATHS).stream().map(GraphPath::getWeight).toList());
    }
  }

  /** Once, of 60 nodes by seed 18, JGraphT 1.5.3 passes over a chain: no weaker is what counts. */
  @ParameterizedTest
  @CsvSource({"20, 30", "60, 240", "200, 400"})
  void finds_chains_that_are_real_and_at_no_rank_weaker(int size, int edges) {
    for (long seed = 0; seed < GRAPHS; seed++) {
      Graph graph = RandomGraphs.sparse(size, edges, seed);
      List<GraphPath<String, String>> expected =
          new YenKShortestPath<>(oracle(graph, edge -> -Math.log(edge.confidence())))
              .getPaths("n0", "n1", PATHS);

      List<ChainSearch.Chains.Chain> found =
          Traversal.of(graph).within(WIDE).chains().between("n0", "n1", PATHS).chains();

      assertThat(found).as("seed %d", seed).hasSameSizeAs(expected).doesNotHaveDuplicates();
      for (int i = 0; i < found.size(); i++) {
        assertIsChain(found.get(i), graph);
        assertThat(found.get(i).confidence())
            .as("seed %d", seed)
            .isGreaterThan(Math.exp(-expected.get(i).getWeight()) - ROUNDING);
      }
    }
  }

  private static void assertIsChain(ChainSearch.Chains.Chain chain, Graph graph) {
    double product = 1;
    assertThat(chain.nodes()).doesNotHaveDuplicates().hasSize(chain.edges().size() + 1);
    assertThat(graph.edges()).containsAll(chain.edges());
    assertThat(chain.nodes().get(0).id()).isEqualTo("n0");
    for (int i = 0; i < chain.edges().size(); i++) {
      Edge edge = chain.edges().get(i);
      assertThat(edge.from()).isEqualTo(chain.nodes().get(i).id());
      assertThat(edge.to()).isEqualTo(chain.nodes().get(i + 1).id());
      product *= edge.confidence();
    }
    assertThat(chain.nodes().get(chain.edges().size()).id()).isEqualTo("n1");
    assertThat(chain.confidence()).isCloseTo(product, within(ROUNDING));
  }

  @ParameterizedTest
  @CsvSource({"20, 20", "60, 60", "200, 210", "300, 3000"})
  void finds_the_same_components_cycles_and_reach(int size, int edges) {
    for (long seed = 0; seed < GRAPHS; seed++) {
      Graph graph = RandomGraphs.sparse(size, edges, seed);
      DirectedWeightedPseudograph<String, String> oracle = oracle(graph, edge -> 1);
      CycleDetector<String, String> cycles = new CycleDetector<>(oracle);

      Traversal traversal = Traversal.of(graph);

      assertThat(components(traversal)).as("seed %d", seed).isEqualTo(components(oracle));
      assertThat(traversal.topologicalOrder() instanceof TopologicalOrder.Cyclic)
          .as("seed %d", seed)
          .isEqualTo(cycles.detectCycles());
      assertThat(ids(traversal.descendants("n0"))).isEqualTo(reach(oracle));
      assertThat(ids(traversal.ancestors("n0"))).isEqualTo(reach(new EdgeReversedGraph<>(oracle)));
    }
  }

  private static DirectedWeightedPseudograph<String, String> oracle(
      Graph graph, ToDoubleFunction<Edge> cost) {
    DirectedWeightedPseudograph<String, String> oracle =
        new DirectedWeightedPseudograph<>(String.class);
    graph.nodes().forEach(node -> oracle.addVertex(node.id()));
    for (Edge edge : graph.edges()) {
      oracle.addEdge(edge.from(), edge.to(), edge.id());
      oracle.setEdgeWeight(edge.id(), cost.applyAsDouble(edge));
    }
    return oracle;
  }

  private static List<Double> costs(PathSearch.Paths found) {
    return found.paths().stream().map(PathSearch.Paths.Path::cost).toList();
  }

  private static Set<Set<String>> components(Traversal traversal) {
    return traversal.cycles().stream()
        .map(cycle -> ids(cycle.component()))
        .collect(Collectors.toSet());
  }

  private static Set<Set<String>> components(DirectedWeightedPseudograph<String, String> oracle) {
    return new KosarajuStrongConnectivityInspector<>(oracle)
        .stronglyConnectedSets().stream()
            .filter(
                component -> {
                  String one = component.iterator().next();
                  return component.size() > 1 || oracle.containsEdge(one, one);
                })
            .collect(Collectors.toSet());
  }

  private static Set<String> ids(List<Node> nodes) {
    return nodes.stream().map(Node::id).collect(Collectors.toSet());
  }

  private static Set<String> reach(org.jgrapht.Graph<String, String> oracle) {
    Set<String> reached = new HashSet<>();
    new BreadthFirstIterator<>(oracle, "n0").forEachRemaining(reached::add);
    reached.remove("n0");
    return reached;
  }
}
