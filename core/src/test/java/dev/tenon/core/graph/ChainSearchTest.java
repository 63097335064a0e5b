package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.UsageException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChainSearchTest {

  private static final int RANDOM_GRAPHS = 3_000;
  private static final double ROUNDING = 1e-12;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void finds_the_product_that_brute_force_finds_for_every_node(int maxDepth) {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      Traversal traversal =
          Traversal.of(graph).within(Traversal.Limits.defaults().withMaxDepth(maxDepth));

      ChainSearch.Chains found = traversal.chains().from("n0");

      assertSame(found, "n0", new BruteForce(graph).strongestFrom("n0", maxDepth), seed);
      assertChainsAreReal(found, graph, maxDepth);
      if (!found.truncated()) {
        assertSame(found, "n0", new BruteForce(graph).strongestFrom("n0", 7), seed);
      }
    }
  }

  @Test
  void finds_the_causes_of_a_node_as_brute_force_does_on_the_reversed_graph() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      Map<String, Double> expected =
          new BruteForce(BruteForce.reversed(graph)).strongestFrom("n0", 7);

      ChainSearch.Chains found = Traversal.of(graph).chains().into("n0");

      assertThat(found.chains()).as("seed %d", seed).hasSameSizeAs(expected.keySet());
      for (ChainSearch.Chains.Chain chain : found.chains()) {
        assertThat(chain.confidence())
            .as("seed %d", seed)
            .isCloseTo(expected.get(first(chain)), within(ROUNDING));
        assertThat(last(chain)).isEqualTo("n0");
      }
      assertChainsAreReal(found, graph, 7);
    }
  }

  @Test
  void finds_between_two_nodes_what_it_finds_from_the_first() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      ChainSearch search = Traversal.of(RandomGraphs.small(seed)).chains();
      List<ChainSearch.Chains.Chain> expected =
          search.from("n0").chains().stream().filter(chain -> last(chain).equals("n1")).toList();

      assertThat(search.between("n0", "n1").chains()).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void keeps_exactly_the_chains_at_or_above_the_cut_off() {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      ChainSearch search = Traversal.of(RandomGraphs.small(seed)).chains();
      List<ChainSearch.Chains.Chain> all = search.from("n0").chains();
      double cutOff = all.isEmpty() ? 0.5 : all.get(all.size() / 2).confidence();

      ChainSearch.Chains cut = search.minConfidence(cutOff).from("n0");

      assertThat(cut.chains())
          .as("seed %d", seed)
          .isEqualTo(all.stream().filter(chain -> chain.confidence() >= cutOff).toList());
      assertThat(cut.truncated()).as("seed %d", seed).isFalse();
    }
  }

  @Test
  void prefers_two_strong_edges_to_one_weak_one() {
    Graph graph =
        Graph.of(
            List.of(Node.of("deploy"), Node.of("pool"), Node.of("outage")),
            List.of(
                Edge.of("direct", "deploy", "outage", 0.5),
                Edge.of("e1", "deploy", "pool", 0.9),
                Edge.of("e2", "pool", "outage", 0.8)));

    ChainSearch.Chains found = Traversal.of(graph).chains().between("deploy", "outage");

    assertThat(found.strongest())
        .hasValueSatisfying(
            chain -> {
              assertThat(chain.edges()).extracting(Edge::id).containsExactly("e1", "e2");
              assertThat(chain.confidence()).isEqualTo(0.9 * 0.8);
            });
  }

  @Test
  void takes_the_weaker_but_shorter_way_when_only_that_fits_the_depth() {
    Graph graph =
        Graph.of(
            List.of(Node.of("a"), Node.of("b"), Node.of("c"), Node.of("z")),
            List.of(
                Edge.of("ab", "a", "b", 1),
                Edge.of("bc", "b", "c", 1),
                Edge.of("ac", "a", "c", 0.5),
                Edge.of("cz", "c", "z", 1)));

    ChainSearch.Chains found =
        Traversal.of(graph)
            .within(Traversal.Limits.defaults().withMaxDepth(2))
            .chains()
            .between("a", "z");

    assertThat(found.strongest())
        .hasValueSatisfying(
            chain -> assertThat(chain.edges()).extracting(Edge::id).containsExactly("ac", "cz"));
    assertThat(found.truncated()).isTrue();
  }

  @Test
  void orders_chains_whose_product_is_too_small_for_a_double() {
    Graph chain = RandomGraphs.chain(2_000, 0.5);
    Traversal traversal = Traversal.of(chain).within(limits(2_000, 3_000, 3_000));

    ChainSearch.Chains found = traversal.chains().from("n0");

    assertThat(found.chains()).extracting(ChainSearchTest::last).startsWith("n1", "n2");
    assertThat(found.chains()).hasSize(2_000);
    assertThat(found.chains().get(1_999).confidence()).isZero();
    assertThat(last(found.chains().get(1_999))).isEqualTo("n2000");
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  void follows_a_chain_of_10_000_edges_within_a_depth_that_binds() {
    Traversal traversal =
        Traversal.of(RandomGraphs.chain(10_000, 0.9999)).within(limits(9_999, 20_000, 1));

    assertThat(traversal.chains().between("n0", "n9999").chains()).hasSize(1);
    ChainSearch.Chains beyond = traversal.chains().between("n0", "n10000");
    assertThat(beyond.chains()).isEmpty();
    assertThat(beyond.truncated()).isTrue();
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  void crosses_a_complete_graph_of_30_nodes_without_listing_its_paths() {
    Graph graph = RandomGraphs.complete(30, new Random(7));

    ChainSearch.Chains found = Traversal.of(graph).chains().from("n0");

    assertThat(found.chains()).hasSize(29);
    assertThat(found.truncated()).isFalse();
    assertThat(found.chains())
        .isSortedAccordingTo(Comparator.comparing(ChainSearch.Chains.Chain::confidence).reversed());
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  void stays_within_its_limits_on_a_star_of_100_000_leaves() {
    Traversal traversal = Traversal.of(RandomGraphs.star(100_000));

    ChainSearch.Chains few = traversal.chains().from("n0");
    ChainSearch.Chains all = traversal.within(limits(1, 100_001, 100_000)).chains().from("n0");

    assertThat(few.chains()).hasSize(100);
    assertThat(few.truncated()).isTrue();
    assertThat(all.chains()).hasSize(100_000);
    assertThat(all.truncated()).isFalse();
  }

  @Test
  void stops_after_the_most_nodes_it_may_visit() {
    Traversal traversal =
        Traversal.of(RandomGraphs.chain(5, 0.5))
            .within(Traversal.Limits.defaults().withMaxNodes(3));

    ChainSearch.Chains cut = traversal.chains().between("n0", "n5");

    assertThat(cut.chains()).isEmpty();
    assertThat(cut.truncated()).isTrue();
    assertThat(traversal.chains().between("n0", "n2").truncated()).isFalse();
  }

  @Test
  void finds_nothing_where_there_is_no_way() {
    ChainSearch.Chains none = Traversal.of(RandomGraphs.chain(1, 0.5)).chains().between("n1", "n0");

    assertThat(none.strongest()).isEmpty();
    assertThat(none.truncated()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void refuses_a_cut_off_that_is_no_probability(double cutOff) {
    ChainSearch search = Traversal.of(RandomGraphs.chain(1, 1)).chains();

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> search.minConfidence(cutOff))
        .withMessageContaining("outside [0, 1]");
  }

  @Test
  void refuses_a_node_that_the_graph_does_not_have() {
    ChainSearch search = Traversal.of(RandomGraphs.chain(1, 1)).chains();

    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> search.between("n0", "ghost"))
        .withMessageContaining("the node 'ghost'");
  }

  @Test
  void refuses_a_chain_from_a_node_to_itself() {
    ChainSearch search = Traversal.of(RandomGraphs.chain(1, 1)).chains();

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> search.between("n0", "n0"))
        .withMessageContaining("from the node 'n0' to itself");
  }

  @Test
  void refuses_a_limit_that_lets_nothing_through() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Traversal.Limits.defaults().withMaxChains(0))
        .withMessageContaining("maxChains");
  }

  private static Traversal.Limits limits(int depth, int nodes, int chains) {
    return Traversal.Limits.defaults()
        .withMaxDepth(depth)
        .withMaxNodes(nodes)
        .withMaxChains(chains);
  }

  private static void assertSame(
      ChainSearch.Chains found, String start, Map<String, Double> expected, long seed) {
    assertThat(found.chains()).as("seed %d", seed).hasSameSizeAs(expected.keySet());
    for (ChainSearch.Chains.Chain chain : found.chains()) {
      assertThat(first(chain)).isEqualTo(start);
      assertThat(chain.confidence())
          .as("seed %d to %s", seed, last(chain))
          .isCloseTo(expected.get(last(chain)), within(ROUNDING));
    }
  }

  private static void assertChainsAreReal(ChainSearch.Chains found, Graph graph, int maxDepth) {
    for (ChainSearch.Chains.Chain chain : found.chains()) {
      double product = 1;
      assertThat(chain.edges()).hasSizeBetween(1, maxDepth).allMatch(graph.edges()::contains);
      assertThat(chain.nodes()).doesNotHaveDuplicates().hasSize(chain.edges().size() + 1);
      for (int i = 0; i < chain.edges().size(); i++) {
        Edge edge = chain.edges().get(i);
        assertThat(edge.from()).isEqualTo(chain.nodes().get(i).id());
        assertThat(edge.to()).isEqualTo(chain.nodes().get(i + 1).id());
        product *= edge.confidence();
      }
      assertThat(chain.confidence()).isCloseTo(product, within(ROUNDING));
    }
  }

  private static String first(ChainSearch.Chains.Chain chain) {
    return chain.nodes().get(0).id();
  }

  private static String last(ChainSearch.Chains.Chain chain) {
    return chain.nodes().get(chain.nodes().size() - 1).id();
  }
}
