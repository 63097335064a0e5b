package dev.tenon.examples.benchmarks;

import java.util.List;

/** The groups that search by vector and by words at once, and that walk a stored graph. */
final class StoreGroups {

  private static final int PASSAGES = 20_000;
  private static final int NODES = 2_000;

  private static final Comparison VECTOR_LEG =
      Comparison.of("top 10 | vector leg alone", "hybrid", "vectorLeg");
  private static final Comparison TEXT_LEG =
      Comparison.of("top 10 | text leg alone", "hybrid", "textLeg");
  private static final Comparison JDBC =
      Comparison.of("top 10 | JDBC, no tenancy", "hybrid", "jdbc");

  private StoreGroups() {}

  static List<Group> all() {
    return List.of(
        hybrid("hybrid", ArticleTable::build, TEXT_LEG.atMost(1.3)),
        hybrid("hybrid-fence", ArticleTable::buildBehindFence, TEXT_LEG),
        graph());
  }

  /** The promise is about the slower leg: where no index serves the words, that is theirs. */
  private static Group hybrid(String name, Stage.Builder stage, Comparison textLeg) {
    return new Group(
        name,
        HybridBenchmark.class,
        Figure.MEDIAN_TIME,
        stage,
        PASSAGES,
        List.of(VECTOR_LEG, textLeg, JDBC));
  }

  private static Group graph() {
    return new Group(
        "graph",
        GraphBenchmark.class,
        Figure.MEDIAN_TIME,
        GraphTable::build,
        NODES,
        List.of(
            Comparison.of("3 hops, edge table, RLS | JDBC, no tenancy", "edgeTable", "jdbc")
                .atMost(1.35),
            Comparison.of("3 hops, document fetched | JDBC", "document", "jdbc"),
            Comparison.of("3 hops, document held | JDBC", "held", "jdbc")));
  }
}
