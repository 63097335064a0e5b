package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.NotFoundException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CyclesTest {

  private static final int RANDOM_GRAPHS = 2_000;
  private static final List<Node> NODES =
      List.of(Node.of("a"), Node.of("b"), Node.of("c"), Node.of("d"));

  @Test
  void a_cycle_is_told_by_its_nodes_and_edges() {
    Edge away = Edge.of("ad", "a", "d", 1);
    Edge there = Edge.of("bc", "b", "c", 1);
    Edge back = Edge.of("cb", "c", "b", 1);

    List<Cycle> cycles = Traversal.of(Graph.of(NODES, List.of(away, back, there))).cycles();

    List<Node> both = List.of(NODES.get(1), NODES.get(2));
    assertThat(cycles).containsExactly(new Cycle(both, List.of(there, back), both));
  }

  @Test
  void an_edge_from_a_node_to_itself_is_a_cycle() {
    Edge loop = Edge.of("cc", "c", "c", 1);

    List<Cycle> cycles = Traversal.of(Graph.of(NODES, List.of(loop))).cycles();

    List<Node> alone = List.of(NODES.get(2));
    assertThat(cycles).containsExactly(new Cycle(alone, List.of(loop), alone));
  }

  @Test
  void components_are_the_nodes_that_lead_to_each_other() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      BruteForce truth = new BruteForce(graph);
      Set<List<Node>> expected =
          graph.nodes().stream()
              .filter(node -> truth.leads(node.id(), node.id()))
              .map(node -> leadingBothWays(graph, truth, node))
              .collect(Collectors.toSet());

      List<Cycle> found = Traversal.of(graph).cycles();

      assertThat(found)
          .as("seed %d", seed)
          .extracting(Cycle::component)
          .containsExactlyInAnyOrderElementsOf(expected)
          .isSortedAccordingTo(Comparator.comparingInt(c -> graph.nodes().indexOf(c.get(0))));
    }
  }

  @Test
  void a_witness_is_the_shortest_cycle_through_the_first_node_of_its_component() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      for (Cycle cycle : Traversal.of(graph).cycles()) {
        assertIsCycle(cycle, graph);
        assertThat(cycle.nodes().get(0)).isEqualTo(cycle.component().get(0));
        assertThat(cycle.component()).containsAll(cycle.nodes());
        assertThat(cycle.edges())
            .as("seed %d", seed)
            .hasSize(shortestThrough(graph, cycle.nodes().get(0).id()));
      }
    }
  }

  @Test
  void an_order_leads_every_edge_onward_and_else_keeps_that_of_the_document() {
    Graph graph = Graph.of(NODES, List.of(Edge.of("db", "d", "b", 1), Edge.of("da", "d", "a", 1)));

    assertThat(Traversal.of(graph).topologicalOrder())
        .isEqualTo(
            new TopologicalOrder.Sorted(
                List.of(NODES.get(2), NODES.get(3), NODES.get(0), NODES.get(1))));
  }

  @Test
  void there_is_an_order_or_a_cycle_that_forbids_it() {
    int sorted = 0;
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      TopologicalOrder found = Traversal.of(graph).topologicalOrder();
      if (found instanceof TopologicalOrder.Sorted order) {
        sorted++;
        assertThat(order.nodes()).containsExactlyInAnyOrderElementsOf(graph.nodes());
        assertThat(graph.edges())
            .as("seed %d", seed)
            .allMatch(edge -> place(order, edge.from()) < place(order, edge.to()));
      } else if (found instanceof TopologicalOrder.Cyclic cyclic) {
        assertIsCycle(cyclic.witness(), graph);
      }
    }
    assertThat(sorted).isBetween(1, RANDOM_GRAPHS - 1);
  }

  @Test
  void ancestors_and_descendants_are_those_that_brute_force_reaches() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      BruteForce truth = new BruteForce(graph);
      Traversal traversal = Traversal.of(graph).within(Traversal.Limits.defaults().withMaxDepth(1));

      assertThat(traversal.descendants("n0"))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(
              others(graph).stream().filter(node -> truth.leads("n0", node.id())).toList());
      assertThat(traversal.ancestors("n0"))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(
              others(graph).stream().filter(node -> truth.leads(node.id(), "n0")).toList());
    }
  }

  @Test
  void the_nearest_ancestor_comes_first() {
    assertThat(Traversal.of(RandomGraphs.chain(50, 1)).ancestors("n50"))
        .extracting(Node::id)
        .startsWith("n49", "n48")
        .hasSize(50);
  }

  @Test
  void a_subgraph_holds_the_edges_between_its_nodes_and_the_attributes_of_the_graph() {
    Edge ab = Edge.of("ab", "a", "b", 1);
    Edge bc = Edge.of("bc", "b", "c", 1);
    Edge cc = Edge.of("cc", "c", "c", 1);
    Attributes layout = Attributes.of("{\"layout\": 1}");
    Graph graph = new Graph(NODES, List.of(ab, bc, cc), layout);

    assertThat(graph.subgraph(List.of("c", "b", "c")))
        .isEqualTo(new Graph(List.of(NODES.get(1), NODES.get(2)), List.of(bc, cc), layout));
    assertThat(graph.subgraph(List.of()).nodes()).isEmpty();
  }

  @Test
  void a_subgraph_names_a_node_that_the_graph_does_not_have() {
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> RandomGraphs.chain(1, 1).subgraph(List.of("n0", "ghost", "n1")))
        .withMessageContaining("the node 'ghost'");
  }

  @Test
  void a_neighbourhood_is_the_subgraph_of_a_node_and_its_hops() {
    Traversal traversal = Traversal.of(RandomGraphs.chain(9, 1));

    Traversal.Neighbourhood around = traversal.neighbourhood("n4", 2, Traversal.Direction.BOTH);

    assertThat(around.graph())
        .isEqualTo(RandomGraphs.chain(9, 1).subgraph(List.of("n2", "n3", "n4", "n5", "n6")));
    assertThat(around.truncated()).isFalse();
  }

  @Test
  void a_neighbourhood_says_that_a_limit_cut_it() {
    Traversal traversal =
        Traversal.of(RandomGraphs.star(9)).within(Traversal.Limits.defaults().withMaxNodes(3));

    Traversal.Neighbourhood around = traversal.neighbourhood("n0", 1, Traversal.Direction.OUT);

    assertThat(around.graph().nodes()).hasSize(4);
    assertThat(around.truncated()).isTrue();
  }

  private static List<Node> leadingBothWays(Graph graph, BruteForce truth, Node node) {
    return graph.nodes().stream()
        .filter(other -> truth.leads(node.id(), other.id()) && truth.leads(other.id(), node.id()))
        .toList();
  }

  private static List<Node> others(Graph graph) {
    return graph.nodes().stream().filter(node -> !node.id().equals("n0")).toList();
  }

  private static int place(TopologicalOrder.Sorted order, String id) {
    return order.nodes().stream().map(Node::id).toList().indexOf(id);
  }

  private static void assertIsCycle(Cycle cycle, Graph graph) {
    assertThat(cycle.nodes()).doesNotHaveDuplicates().hasSameSizeAs(cycle.edges()).isNotEmpty();
    assertThat(graph.edges()).containsAll(cycle.edges());
    int size = cycle.nodes().size();
    for (int i = 0; i < size; i++) {
      assertThat(cycle.edges().get(i).from()).isEqualTo(cycle.nodes().get(i).id());
      assertThat(cycle.edges().get(i).to()).isEqualTo(cycle.nodes().get((i + 1) % size).id());
    }
  }

  /** By the definition: one edge away, and the shortest path back. */
  private static int shortestThrough(Graph graph, String node) {
    BruteForce truth = new BruteForce(graph);
    return graph.edges().stream()
        .filter(edge -> edge.from().equals(node))
        .flatMap(edge -> truth.paths(edge.to(), node, 7).stream())
        .mapToInt(back -> back.size() + 1)
        .min()
        .orElseThrow();
  }
}
