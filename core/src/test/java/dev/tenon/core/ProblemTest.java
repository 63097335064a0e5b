package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProblemTest {

  @Test
  void an_excerpt_of_a_text_block_is_one_line() {
    assertThat(Problem.excerpt("select a\r\n    from t\n\n where b = 1"))
        .isEqualTo("select a from t where b = 1");
    assertThat(Problem.excerpt("a\u0007b")).isEqualTo("a\uFFFDb");
  }

  @Test
  void an_excerpt_is_short_whatever_it_is_of() {
    assertThat(Problem.excerpt("x".repeat(80))).hasSize(80);
    assertThat(Problem.excerpt("x".repeat(81))).hasSize(81).endsWith("…");
    assertThat(Problem.excerpt("\n".repeat(1_000_000) + "x")).isEqualTo(" …");
  }
}
