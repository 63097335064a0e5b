package dev.tenon.testkit;

import static dev.tenon.testkit.RecallAssert.assertThatRecall;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RecallAssertTest {

  @Test
  void the_mean_over_all_queries_decides() {
    var unused =
        assertThatRecall(
                List.of(1, 2),
                query -> query == 1 ? List.of("a", "b", "x") : List.of("c"),
                query -> query == 1 ? List.of("a", "b") : List.of("c", "d"))
            .isAtLeast(0.75);
    assertThatThrownBy(
            () ->
                assertThatRecall(
                        List.of("first", "second"),
                        query -> List.of(query),
                        query -> List.of("first", "other"))
                    .isAtLeast(0.5))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("at least 0.5 over 2 queries but it is 0.2500")
        .hasMessageContaining("0.00 of second, without [");
  }

  @Test
  void a_query_that_should_find_nothing_has_found_it() {
    var unused =
        assertThatRecall(
                List.of(1, 2),
                query -> query == 1 ? List.of() : List.of("a"),
                query -> query == 1 ? List.of() : List.of("a"))
            .isAtLeast(1);
  }

  @Test
  void what_could_not_fail_is_refused() {
    assertThatThrownBy(
            () -> assertThatRecall(List.of(1), query -> List.of(), query -> List.of()).isAtLeast(1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no query has an exact answer");
    for (double target : new double[] {Double.NaN, 0, -1, 95}) {
      assertThatThrownBy(
              () ->
                  assertThatRecall(List.of(1), query -> List.of(), query -> List.of(1))
                      .isAtLeast(target))
          .isInstanceOf(UsageException.class);
    }
  }

  @Test
  void no_queries_are_no_proof() {
    assertThatThrownBy(() -> assertThatRecall(List.of(), query -> List.of(), query -> List.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no queries were given");
  }
}
