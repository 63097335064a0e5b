package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.UsageException;
import dev.tenon.core.graph.Traversal.Direction;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HopsTest {

  private static final int RANDOM_GRAPHS = 2_000;

  @ParameterizedTest
  @EnumSource(Direction.class)
  void reaches_what_brute_force_reaches_at_the_same_distances(Direction direction) {
    for (long seed = 0; seed < RANDOM_GRAPHS; seed++) {
      Graph graph = RandomGraphs.small(seed);
      int hops = (int) (seed % 5);

      Traversal.Hops found = Traversal.of(graph).hops("n0", hops, direction);

      assertThat(distances(found))
          .as("seed %d", seed)
          .isEqualTo(new BruteForce(graph).hops("n0", hops, direction));
      assertThat(found.truncated()).as("seed %d", seed).isFalse();
    }
  }

  @Test
  void lists_near_nodes_before_far_ones() {
    Traversal.Hops found = Traversal.of(RandomGraphs.chain(5, 0.5)).hops("n0", 5, Direction.OUT);

    assertThat(found.reached())
        .extracting(Traversal.Hops.Reached::distance)
        .containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void says_so_when_the_depth_limit_cuts_it_short() {
    Traversal traversal =
        Traversal.of(RandomGraphs.chain(5, 0.5))
            .within(Traversal.Limits.defaults().withMaxDepth(3));

    Traversal.Hops cut = traversal.hops("n0", 4, Direction.OUT);

    assertThat(cut.reached()).hasSize(3);
    assertThat(cut.truncated()).isTrue();
  }

  @Test
  void does_not_call_its_own_number_of_hops_a_truncation() {
    Traversal.Hops asked = Traversal.of(RandomGraphs.chain(5, 0.5)).hops("n0", 3, Direction.OUT);

    assertThat(asked.reached()).hasSize(3);
    assertThat(asked.truncated()).isFalse();
  }

  @Test
  void is_not_truncated_when_the_limit_on_nodes_is_just_enough() {
    Traversal traversal = Traversal.of(RandomGraphs.star(10));

    Traversal.Hops all =
        traversal.within(Traversal.Limits.defaults().withMaxNodes(10)).hops("n0", 1, Direction.OUT);
    Traversal.Hops cut =
        traversal.within(Traversal.Limits.defaults().withMaxNodes(9)).hops("n0", 1, Direction.OUT);

    assertThat(all.truncated()).isFalse();
    assertThat(cut.reached()).hasSize(9);
    assertThat(cut.truncated()).isTrue();
  }

  @Test
  void stops_after_the_most_edges_it_may_look_at() {
    Traversal traversal = Traversal.of(RandomGraphs.star(10));

    Traversal.Hops all =
        traversal.within(Traversal.Limits.defaults().withMaxEdges(10)).hops("n0", 1, Direction.OUT);
    Traversal.Hops cut =
        traversal.within(Traversal.Limits.defaults().withMaxEdges(9)).hops("n0", 1, Direction.OUT);

    assertThat(all.truncated()).isFalse();
    assertThat(cut.reached()).hasSize(9);
    assertThat(cut.truncated()).isTrue();
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  void crosses_a_star_of_100_000_leaves() {
    Traversal traversal = Traversal.of(RandomGraphs.star(100_000));

    Traversal.Hops bounded = traversal.hops("n1", 2, Direction.BOTH);
    Traversal.Hops all =
        traversal
            .within(Traversal.Limits.defaults().withMaxNodes(100_001))
            .hops("n1", 2, Direction.BOTH);

    assertThat(bounded.reached()).hasSize(10_000);
    assertThat(bounded.truncated()).isTrue();
    assertThat(all.reached()).hasSize(100_000);
    assertThat(all.truncated()).isFalse();
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  void walks_a_chain_of_10_000_edges_without_a_deep_stack() {
    Traversal traversal =
        Traversal.of(RandomGraphs.chain(10_000, 1))
            .within(Traversal.Limits.defaults().withMaxDepth(10_000));

    assertThat(traversal.hops("n10000", 10_000, Direction.IN).reached()).hasSize(10_000);
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  void crosses_a_complete_graph_without_listing_its_paths() {
    Traversal traversal = Traversal.of(RandomGraphs.complete(30, new Random(1)));

    assertThat(distances(traversal.hops("n0", 30, Direction.BOTH)).values())
        .hasSize(29)
        .containsOnly(1);
  }

  @Test
  void refuses_a_start_that_the_graph_does_not_have() {
    Traversal traversal = Traversal.of(RandomGraphs.chain(1, 1));

    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> traversal.hops("ghost", 1, Direction.OUT))
        .withMessageContaining("the node 'ghost'");
  }

  @Test
  void refuses_a_negative_number_of_hops() {
    Traversal traversal = Traversal.of(RandomGraphs.chain(1, 1));

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> traversal.hops("n0", -1, Direction.OUT))
        .withMessageContaining("-1 hops");
  }

  private static Map<String, Integer> distances(Traversal.Hops hops) {
    return hops.reached().stream()
        .collect(
            Collectors.toMap(reached -> reached.node().id(), Traversal.Hops.Reached::distance));
  }
}
