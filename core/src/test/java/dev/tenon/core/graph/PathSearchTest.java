package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.UsageException;
import dev.tenon.core.graph.PathSearch.Paths.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathSearchTest {

  private static final int RANDOM_GRAPHS = 2_000;
  private static final int ALL = 100_000;

  /** Whole numbers from 0 to 4, whose sums are exact and often equal. */
  private static double costOf(Edge edge) {
    return Math.rint(edge.confidence() * 4);
  }

  private record Figures(double cost, int edges) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void finds_the_cheapest_path_that_brute_force_finds(int maxDepth) {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);

      PathSearch.Paths found = search(graph, depth(maxDepth)).between("n0", "n1");

      assertThat(figures(found))
          .as("seed %d", seed)
          .isEqualTo(expected(graph, maxDepth).stream().limit(1).toList());
      assertPathsAreReal(found, graph);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void finds_all_paths_in_the_order_in_which_brute_force_sorts_them(int maxDepth) {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);

      PathSearch.Paths found = search(graph, depth(maxDepth)).between("n0", "n1", ALL);

      assertThat(figures(found)).as("seed %d", seed).isEqualTo(expected(graph, maxDepth));
      assertPathsAreReal(found, graph);
      assertThat(found.paths()).as("seed %d", seed).doesNotHaveDuplicates();
      if (!found.truncated()) {
        assertThat(figures(found)).as("seed %d", seed).isEqualTo(expected(graph, 7));
      }
    }
  }

  @Test
  void finds_a_few_paths_as_the_first_of_all() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      PathSearch search = search(RandomGraphs.small(seed), depth(7));
      List<Figures> all = figures(search.between("n0", "n1", ALL));

      PathSearch.Paths few = search.between("n0", "n1", 3);

      assertThat(figures(few)).as("seed %d", seed).isEqualTo(all.stream().limit(3).toList());
      assertThat(few.truncated()).as("seed %d", seed).isFalse();
    }
  }

  @Test
  void finds_the_strongest_chains_in_the_order_in_which_brute_force_sorts_them() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      List<Double> expected =
          new BruteForce(graph)
              .paths("n0", "n1", 7).stream()
                  .map(PathSearchTest::confidence)
                  .sorted(Comparator.reverseOrder())
                  .limit(5)
                  .toList();

      List<ChainSearch.Chains.Chain> found =
          Traversal.of(graph).chains().between("n0", "n1", 5).chains();

      assertThat(found).as("seed %d", seed).hasSameSizeAs(expected);
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i).confidence())
            .as("seed %d", seed)
            .isCloseTo(expected.get(i), within(1e-12))
            .isEqualTo(confidence(found.get(i).edges()));
      }
    }
  }

  @Test
  void keeps_exactly_the_chains_at_or_above_the_cut_off() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      ChainSearch search = Traversal.of(RandomGraphs.small(seed)).chains();
      List<ChainSearch.Chains.Chain> all = search.between("n0", "n1", 100).chains();
      double cutOff = all.isEmpty() ? 0.5 : all.get(all.size() / 2).confidence();

      ChainSearch.Chains cut = search.minConfidence(cutOff).between("n0", "n1", 100);

      assertThat(cut.chains())
          .as("seed %d", seed)
          .isEqualTo(all.stream().filter(chain -> chain.confidence() >= cutOff).toList());
      assertThat(cut.truncated()).as("seed %d", seed).isFalse();
    }
  }

  @Test
  void takes_parallel_edges_for_paths_of_their_own() {
    Graph graph =
        Graph.of(
            List.of(Node.of("a"), Node.of("b")),
            List.of(Edge.of("slow", "a", "b", 0.9), Edge.of("fast", "a", "b", 0.1)));

    PathSearch.Paths found = Traversal.of(graph).paths(Edge::confidence).between("a", "b", 5);

    assertThat(found.paths())
        .extracting(path -> path.edges().get(0).id())
        .containsExactly("fast", "slow");
  }

  @Test
  void tells_of_more_paths_than_the_limit_returns() {
    Graph graph = RandomGraphs.complete(6, new Random(1));
    Traversal.Limits three = Traversal.Limits.defaults().withMaxChains(3);

    assertThat(search(graph, three).between("n0", "n1", 3).truncated()).isFalse();
    PathSearch.Paths cut = search(graph, three).between("n0", "n1", 4);
    assertThat(cut.paths()).hasSize(3);
    assertThat(cut.truncated()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 20, 60, 200})
  void returns_only_paths_that_are_proved_when_a_limit_ends_it(int nodes) {
    Graph graph = RandomGraphs.complete(7, new Random(3));
    List<Figures> all = expected(graph, 7);
    Traversal.Limits limits = Traversal.Limits.defaults().withMaxNodes(nodes).withMaxChains(ALL);

    PathSearch.Paths found = search(graph, limits).between("n0", "n1", ALL);

    assertThat(found.truncated()).isTrue();
    assertThat(found.paths()).hasSizeLessThan(all.size());
    assertThat(figures(found)).isEqualTo(all.stream().limit(found.paths().size()).toList());
  }

  @Test
  void stops_after_the_most_edges_it_may_look_at() {
    Graph chain = RandomGraphs.chain(5, 0.5);

    PathSearch.Paths enough =
        search(chain, Traversal.Limits.defaults().withMaxEdges(5)).between("n0", "n5");
    PathSearch.Paths cut =
        search(chain, Traversal.Limits.defaults().withMaxEdges(4)).between("n0", "n5");

    assertThat(enough.cheapest()).isPresent();
    assertThat(enough.truncated()).isFalse();
    assertThat(cut.cheapest()).isEmpty();
    assertThat(cut.truncated()).isTrue();
  }

  @Test
  void what_lies_behind_the_target_truncates_nothing() {
    PathSearch search = search(RandomGraphs.chain(5, 0.5), depth(3));

    assertThat(search.between("n0", "n3").cheapest()).isPresent();
    assertThat(search.between("n0", "n3").truncated()).isFalse();
    assertThat(search.between("n0", "n3", 1).truncated()).isFalse();
    assertThat(search.between("n0", "n4").truncated()).isTrue();
  }

  @Test
  void finds_the_best_paths_of_a_graph_of_a_usual_size_within_the_defaults() {
    Graph graph = RandomGraphs.sparse(2_000, 10_000, 5);

    PathSearch.Paths found = search(graph, Traversal.Limits.defaults()).between("n0", "n1", 50);

    assertThat(found.paths()).hasSize(50);
    assertThat(found.truncated()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, -Double.MIN_VALUE, Double.NaN, Double.POSITIVE_INFINITY})
  void names_the_edge_that_no_path_could_pay(double cost) {
    Traversal traversal = Traversal.of(RandomGraphs.chain(3, 0.5));

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> traversal.paths(edge -> edge.id().equals("e1") ? cost : 1))
        .withMessageContaining("the edge 'e1' from 'n1' to 'n2' costs " + cost);
  }

  @Test
  void names_the_edge_at_which_the_costs_become_too_much_for_a_double() {
    Traversal traversal = Traversal.of(RandomGraphs.chain(3, 0.5));

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> traversal.paths(edge -> 1e308))
        .withMessageContaining("the edge 'e1'");
  }

  @Test
  void finds_nothing_where_there_is_no_way() {
    PathSearch search = search(RandomGraphs.chain(1, 0.5), depth(3));

    assertThat(search.between("n1", "n0").cheapest()).isEmpty();
    assertThat(search.between("n1", "n0", 3).paths()).isEmpty();
    assertThat(search.between("n1", "n0", 3).truncated()).isFalse();
  }

  @Test
  void refuses_a_node_that_the_graph_does_not_have() {
    PathSearch search = search(RandomGraphs.chain(1, 1), depth(3));

    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> search.between("n0", "ghost"))
        .withMessageContaining("the node 'ghost'");
  }

  @Test
  void refuses_a_path_from_a_node_to_itself() {
    PathSearch search = search(RandomGraphs.chain(1, 1), depth(3));

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> search.between("n0", "n0", 2))
        .withMessageContaining("from the node 'n0' to itself");
  }

  @Test
  void refuses_to_look_for_no_path() {
    PathSearch search = search(RandomGraphs.chain(1, 1), depth(3));

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> search.between("n0", "n1", 0))
        .withMessageContaining("0");
  }

  private static PathSearch search(Graph graph, Traversal.Limits limits) {
    return Traversal.of(graph).within(limits).paths(PathSearchTest::costOf);
  }

  private static Traversal.Limits depth(int maxDepth) {
    return Traversal.Limits.defaults().withMaxDepth(maxDepth).withMaxNodes(ALL).withMaxChains(ALL);
  }

  private static List<Figures> expected(Graph graph, int maxDepth) {
    return new BruteForce(graph)
        .paths("n0", "n1", maxDepth).stream()
            .map(path -> new Figures(cost(path), path.size()))
            .sorted(Comparator.comparingDouble(Figures::cost).thenComparingInt(Figures::edges))
            .toList();
  }

  private static List<Figures> figures(PathSearch.Paths found) {
    return found.paths().stream()
        .map(path -> new Figures(path.cost(), path.edges().size()))
        .toList();
  }

  private static double cost(List<Edge> path) {
    return path.stream().mapToDouble(PathSearchTest::costOf).sum();
  }

  private static double confidence(List<Edge> path) {
    return path.stream().mapToDouble(Edge::confidence).reduce(1, (one, other) -> one * other);
  }

  private static void assertPathsAreReal(PathSearch.Paths found, Graph graph) {
    for (Path path : found.paths()) {
      assertThat(path.edges()).allMatch(graph.edges()::contains);
      assertThat(path.nodes()).doesNotHaveDuplicates().hasSize(path.edges().size() + 1);
      assertThat(path.cost()).isEqualTo(cost(path.edges()));
      for (int i = 0; i < path.edges().size(); i++) {
        assertThat(path.edges().get(i).from()).isEqualTo(path.nodes().get(i).id());
        assertThat(path.edges().get(i).to()).isEqualTo(path.nodes().get(i + 1).id());
      }
    }
  }
}
