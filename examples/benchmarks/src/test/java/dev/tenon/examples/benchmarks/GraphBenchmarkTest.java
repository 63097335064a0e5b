package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.graph.GraphRepository.Reach.Reached;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphBenchmarkTest {

  private static final int NODES = 200;
  private static final int STARTS = 20;

  @Test
  void every_way_reaches_the_same_nodes() throws Exception {
    try (Stage stage = Stage.build(GraphTable::build, NODES)) {
      GraphBenchmark benchmark = new GraphBenchmark();
      benchmark.open(stage.coordinates());
      try {
        int reached = 0;
        for (int i = 0; i < STARTS; i++) {
          String start = benchmark.start();
          List<Reached> expected = sorted(benchmark.jdbc(start));
          assertThat(benchmark.edgeTable(start)).isEqualTo(expected);
          assertThat(benchmark.document(start)).isEqualTo(expected);
          assertThat(sorted(held(benchmark, start))).isEqualTo(expected);
          reached += expected.size();
        }
        assertThat(reached).isGreaterThan(STARTS * NODES / 10);
      } finally {
        benchmark.close();
      }
    }
  }

  @Test
  void every_method_reaches_nodes() throws Exception {
    try (Stage stage = Stage.build(GraphTable::build, NODES)) {
      GraphBenchmark benchmark = new GraphBenchmark();
      benchmark.open(stage.coordinates());
      try {
        assertThat(benchmark.document()).isNotEmpty();
        assertThat(benchmark.held()).isNotEmpty();
        assertThat(benchmark.edgeTable()).isNotEmpty();
        assertThat(benchmark.jdbc()).isNotEmpty();
      } finally {
        benchmark.close();
      }
    }
  }

  private static List<Reached> held(GraphBenchmark benchmark, String start) {
    return benchmark.held(start).stream()
        .map(reached -> new Reached(reached.node().id(), reached.distance()))
        .toList();
  }

  /** As Java compares texts: the server's collation has an order of its own. */
  private static List<Reached> sorted(List<Reached> reached) {
    return reached.stream()
        .sorted(Comparator.comparingInt(Reached::distance).thenComparing(Reached::node))
        .toList();
  }
}
