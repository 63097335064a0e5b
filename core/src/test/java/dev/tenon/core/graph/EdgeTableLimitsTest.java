package dev.tenon.core.graph;

import static dev.tenon.core.graph.GraphDatabase.GRAPHS;
import static dev.tenon.core.graph.GraphDatabase.WITH_EDGES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Session;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.GraphRepository.Reach;
import dev.tenon.core.graph.Traversal.Direction;
import dev.tenon.core.graph.Traversal.Limits;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of edges and the document count the same against the same limits. */
class EdgeTableLimitsTest {

  private static final int LONG = 10_000;

  private final GraphDatabase database = GraphDatabase.withEdgeTable();

  @AfterEach
  void close() {
    database.close();
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void a_long_chain_is_walked_to_its_end(Direction way) {
    Limits deep = Limits.defaults().withMaxDepth(LONG);
    UUID id = insert(RandomGraphs.chain(LONG, 0.5));
    String start = way == Direction.IN ? "n" + LONG : "n0";

    Reach reach = WITH_EDGES.hops(session(), id, start, LONG, way, deep);

    assertThat(reach.truncated()).isFalse();
    assertThat(reach.reached()).hasSize(LONG);
    assertThat(reach).isEqualTo(GRAPHS.hops(session(), id, start, LONG, way, deep));
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void nodes_that_are_met_at_many_distances_count_once(Direction way) {
    Limits deep = Limits.defaults().withMaxDepth(LONG).withMaxEdges(8_000);
    for (Graph graph : List.of(ladder(2_000), cycle(2_000), RandomGraphs.sparse(2_000, 4_000, 3))) {
      UUID id = insert(graph);
      for (String start : List.of("n0", "n1000")) {
        Reach reach = WITH_EDGES.hops(session(), id, start, LONG, way, deep);

        assertThat(reach.truncated()).isFalse();
        assertThat(reach).isEqualTo(GRAPHS.hops(session(), id, start, LONG, way, deep));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void each_limit_cuts_both_at_the_same_place(Direction way) {
    Stream.of(
            RandomGraphs.chain(12, 0.5),
            cycle(12),
            ladder(12),
            RandomGraphs.star(12),
            RandomGraphs.complete(8, new Random(7)),
            RandomGraphs.sparse(12, 30, 5))
        .forEach(graph -> requireAlike(insert(graph), way));
  }

  private void requireAlike(UUID id, Direction way) {
    for (int most = 1; most <= 60; most += most < 14 ? 1 : 7) {
      for (Limits limits :
          List.of(
              Limits.defaults().withMaxDepth(most),
              Limits.defaults().withMaxNodes(most),
              Limits.defaults().withMaxEdges(most))) {
        for (int hops : new int[] {1, 3, LONG}) {
          Reach rows = WITH_EDGES.hops(session(), id, "n0", hops, way, limits);
          Reach document = GRAPHS.hops(session(), id, "n0", hops, way, limits);

          assertThat(rows.truncated())
              .as("%s hops, %s", hops, limits)
              .isEqualTo(document.truncated());
          if (!document.truncated() || limits.maxDepth() == most) {
            assertThat(rows).as("%s hops, %s", hops, limits).isEqualTo(document);
          }
        }
      }
    }
  }

  @Test
  void a_start_with_nothing_but_a_loop_is_in_the_table() {
    UUID id = insert(Graph.of(List.of(Node.of("a")), List.of(Edge.of("aa", "a", "a", 0.5))));

    assertThat(WITH_EDGES.hops(session(), id, "a", 3, Direction.BOTH).reached()).isEmpty();
  }

  /** {@code n0 → n1 → …}, and from each node to the one behind the next. */
  private static Graph ladder(int length) {
    return Graph.of(
        IntStream.rangeClosed(0, length + 1).mapToObj(i -> Node.of("n" + i)).toList(),
        IntStream.range(0, length)
            .boxed()
            .flatMap(
                i ->
                    Stream.of(
                        Edge.of("a" + i, "n" + i, "n" + (i + 1), 0.5),
                        Edge.of("b" + i, "n" + i, "n" + (i + 2), 0.5)))
            .toList());
  }

  private static Graph cycle(int length) {
    return Graph.of(
        IntStream.range(0, length).mapToObj(i -> Node.of("n" + i)).toList(),
        IntStream.range(0, length)
            .mapToObj(i -> Edge.of("e" + i, "n" + i, "n" + (i + 1) % length, 0.5))
            .toList());
  }

  private UUID insert(Graph graph) {
    UUID id = UuidV7.next();
    WITH_EDGES.selfLoops(GraphRepository.SelfLoops.ALLOWED).insert(session(), id, graph);
    return id;
  }

  private Session session() {
    return database.session();
  }
}
