package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.search.TextHit;
import dev.tenon.vector.Hit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HybridBenchmarkTest {

  private static final int ROWS = 2_000;
  private static final int QUERIES = 20;

  @Test
  void every_way_fuses_the_same_articles_under_row_level_security() throws Exception {
    assertSame(ArticleTable::build);
  }

  @Test
  void every_way_fuses_the_same_articles_behind_a_fence() throws Exception {
    assertSame(ArticleTable::buildBehindFence);
  }

  private static void assertSame(Stage.Builder table) throws Exception {
    try (Stage stage = Stage.build(table, ROWS)) {
      HybridBenchmark benchmark = new HybridBenchmark();
      benchmark.open(stage.coordinates());
      try {
        int withWords = 0;
        for (int i = 0; i < QUERIES; i++) {
          Article.Query query = benchmark.query();
          List<HybridBenchmark.Best> expected = benchmark.jdbc(query);
          List<HybridBenchmark.Best> found =
              benchmark.hybrid(query).fetch().hits().stream()
                  .map(hit -> new HybridBenchmark.Best(hit.record(), hit.score()))
                  .toList();
          assertThat(found).hasSize(HybridBenchmark.TOP).isEqualTo(expected);
          List<Hit<Article.Title>> nearest = benchmark.vectorLeg(query).fetch().hits();
          List<TextHit<Article.Title>> best = benchmark.textLeg(query).fetch().hits();
          assertThat(found).isEqualTo(fused(nearest, best));
          withWords += best.isEmpty() ? 0 : 1;
        }
        assertThat(withWords).isGreaterThan(QUERIES / 2);
      } finally {
        benchmark.close();
      }
    }
  }

  @Test
  void every_method_finds_articles() throws Exception {
    try (Stage stage = Stage.build(ArticleTable::build, ROWS)) {
      HybridBenchmark benchmark = new HybridBenchmark();
      benchmark.open(stage.coordinates());
      try {
        assertThat(benchmark.hybrid()).hasSize(HybridBenchmark.TOP);
        assertThat(benchmark.vectorLeg()).hasSize(ArticleTable.CANDIDATES);
        assertThat(benchmark.textLeg()).hasSizeBetween(1, ArticleTable.CANDIDATES);
        assertThat(benchmark.jdbc()).hasSize(HybridBenchmark.TOP);
      } finally {
        benchmark.close();
      }
    }
  }

  /** By the ranks of both legs; the server orders an id by its bytes, as its text is. */
  private static List<HybridBenchmark.Best> fused(
      List<Hit<Article.Title>> nearest, List<TextHit<Article.Title>> best) {
    Map<Article.Title, Double> scores = new HashMap<>();
    for (int i = 0; i < nearest.size(); i++) {
      scores.merge(nearest.get(i).record(), part(i), Double::sum);
    }
    for (int i = 0; i < best.size(); i++) {
      scores.merge(best.get(i).record(), part(i), Double::sum);
    }
    return scores.entrySet().stream()
        .map(entry -> new HybridBenchmark.Best(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparingDouble(HybridBenchmark.Best::score)
                .reversed()
                .thenComparing(found -> found.article().id().toString()))
        .limit(HybridBenchmark.TOP)
        .toList();
  }

  private static double part(int place) {
    return 1.0 / (60 + place + 1);
  }
}
