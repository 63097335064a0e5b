package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The choice between both ways, for costs that a server told and the times that both took. */
final class WayCostsTest {

  private static final int WANTED = 10;

  /** The server's width of a vector that is stored outside its row. */
  private static final int OF_POINTER = 18;

  record Passage(UUID id, Embedding embedding) {}

  private static WayCosts costs(
      VectorIndex index, int dimensions, double rows, double exact, double first, double scan) {
    VectorTable<Passage> table =
        VectorTable.of(
            DSL.table(DSL.name("passages")), Passage.class, VectorSpace.cosine(dimensions));
    int bytes = dimensions > 500 ? OF_POINTER : 8 + 4 * dimensions;
    return new WayCosts(
        new IndexDefinition(table, index),
        WANTED,
        new PlanCost(0, exact, rows, bytes, false),
        new PlanCost(first, first + scan, WANTED, bytes, true));
  }

  @ParameterizedTest(name = "{1} of {0} dimensions match")
  @CsvSource({
    "128, 20000, 4600, 257, 16, true",
    "128, 2000, 4600, 257, 161, true",
    "128, 800, 4600, 257, 401, true",
    "128, 400, 4600, 257, 726, false",
    "128, 40, 4600, 257, 8226, false",
    "384, 1000, 2650, 551, 191, true",
    "384, 200, 2650, 551, 989, false",
    "1536, 5000, 484, 338, 82, true",
    "1536, 1000, 484, 338, 412, true",
    "1536, 500, 484, 338, 808, false",
  })
  void a_graph_is_left_where_all_that_match_are_compared_sooner(
      int dimensions, double rows, double exact, double first, double scan, boolean byIndex) {
    assertThat(costs(HnswIndex.DEFAULT, dimensions, rows, exact, first, scan).isCheaperByIndex())
        .isEqualTo(byIndex);
  }

  @ParameterizedTest(name = "{1} of {0} dimensions match")
  @CsvSource({
    "128, 20000, 4600, 1054, 11, true",
    "128, 4000, 4600, 1054, 56, true",
    "128, 200, 4600, 1054, 1140, false",
    "384, 1000, 5300, 2037, 301, true",
    "384, 100, 5300, 2037, 3427, false",
  })
  void lists_are_left_where_they_find_few_of_the_nearest(
      int dimensions, double rows, double exact, double first, double scan, boolean byIndex) {
    assertThat(costs(new IvfflatIndex(40), dimensions, rows, exact, first, scan).isCheaperByIndex())
        .isEqualTo(byIndex);
  }

  @Test
  void an_exact_way_that_costs_nothing_is_never_left() {
    WayCosts costs = costs(HnswIndex.DEFAULT, 128, 1, 0.01, 1e10, 1e12);
    assertThat(costs.isCheaperByIndex()).isFalse();
    assertThat(costs.mostForExact()).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void an_index_that_costs_nothing_serves_from_the_first_row() {
    WayCosts costs = costs(HnswIndex.DEFAULT, 128, 1, 1e12, 0, 0);
    assertThat(costs.isCheaperByIndex()).isTrue();
    assertThat(costs.mostForExact()).isZero();
  }
}
