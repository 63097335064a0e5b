package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.vector.Hit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SearchBenchmarkTest {

  private static final int ROWS = 1_000;
  private static final int QUERIES = 20;

  @Test
  void every_way_finds_the_same_documents_and_nearly_all_of_the_nearest() throws Exception {
    try (Stage stage = Stage.build(DocumentTable::build, ROWS)) {
      SearchBenchmark benchmark = new SearchBenchmark();
      benchmark.open(stage.coordinates());
      try {
        int found = 0;
        for (int i = 0; i < QUERIES; i++) {
          float[] query = benchmark.query();
          List<Document.Title> expected = titles(benchmark.jdbc(query));
          assertThat(titles(benchmark.repository(query))).containsExactlyElementsOf(expected);
          assertThat(titles(benchmark.setLocal(query))).containsExactlyElementsOf(expected);
          expected.retainAll(titles(benchmark.exact(query)));
          found += expected.size();
        }
        assertThat(found).isGreaterThanOrEqualTo(QUERIES * SearchBenchmark.TOP * 9 / 10);
      } finally {
        benchmark.close();
      }
    }
  }

  @Test
  void every_method_returns_ten() throws Exception {
    try (Stage stage = Stage.build(DocumentTable::build, ROWS)) {
      SearchBenchmark benchmark = new SearchBenchmark();
      benchmark.open(stage.coordinates());
      try {
        assertThat(benchmark.repository()).hasSize(SearchBenchmark.TOP);
        assertThat(benchmark.jdbc()).hasSize(SearchBenchmark.TOP);
        assertThat(benchmark.setLocal()).hasSize(SearchBenchmark.TOP);
      } finally {
        benchmark.close();
      }
    }
  }

  private static List<Document.Title> titles(List<Hit<Document.Title>> hits) {
    return new ArrayList<>(hits.stream().map(Hit::record).toList());
  }
}
