package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Graphs that test the traversals: seeded random ones, and three hostile shapes. */
final class RandomGraphs {

  private RandomGraphs() {}

  /** Up to 7 nodes, with self loops and parallel edges; one edge in five is certain. */
  static Graph small(long seed) {
    Random random = new Random(seed);
    int size = 2 + random.nextInt(6);
    int count = random.nextInt(3 * size);
    List<Edge> edges = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double confidence = random.nextInt(5) == 0 ? 1 : 1 - random.nextDouble();
      edges.add(
          Edge.of("e" + i, "n" + random.nextInt(size), "n" + random.nextInt(size), confidence));
    }
    return Graph.of(nodes(size), edges);
  }

  /** As many nodes and edges as asked, with self loops and parallel edges. */
  static Graph sparse(int size, int count, long seed) {
    Random random = new Random(seed);
    List<Edge> edges =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    Edge.of(
                        "e" + i,
                        "n" + random.nextInt(size),
                        "n" + random.nextInt(size),
                        1 - random.nextDouble()))
            .toList();
    return Graph.of(nodes(size), edges);
  }

  /** {@code n0} in the middle, an edge to each other node. */
  static Graph star(int leaves) {
    List<Edge> edges =
        IntStream.rangeClosed(1, leaves)
            .mapToObj(i -> Edge.of("e" + i, "n0", "n" + i, 0.5))
            .toList();
    return Graph.of(nodes(leaves + 1), edges);
  }

  /** An edge from each node to each other one. */
  static Graph complete(int size, Random random) {
    List<Edge> edges = new ArrayList<>();
    for (int from = 0; from < size; from++) {
      for (int to = 0; to < size; to++) {
        if (from != to) {
          edges.add(
              Edge.of("e" + from + "-" + to, "n" + from, "n" + to, 0.5 + random.nextDouble() / 2));
        }
      }
    }
    return Graph.of(nodes(size), edges);
  }

  /** {@code n0 → n1 → …}, as many edges as the length. */
  static Graph chain(int length, double confidence) {
    List<Edge> edges =
        IntStream.range(0, length)
            .mapToObj(i -> Edge.of("e" + i, "n" + i, "n" + (i + 1), confidence))
            .toList();
    return Graph.of(nodes(length + 1), edges);
  }

  private static List<Node> nodes(int size) {
    return IntStream.range(0, size).mapToObj(i -> Node.of("n" + i)).toList();
  }
}
