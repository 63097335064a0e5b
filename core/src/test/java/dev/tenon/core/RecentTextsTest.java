package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentTextsTest {

  private final RecentTexts<Integer> texts = new RecentTexts<>();
  private final List<Integer> rendered = new ArrayList<>();

  @Test
  void renders_a_shape_once_and_forgets_what_was_not_asked_for_longest() {
    for (int shape = 0; shape < 256; shape++) {
      ask(shape);
    }
    ask(0);
    assertThat(rendered).hasSize(256);
    ask(256);
    ask(0);
    assertThat(rendered).hasSize(257);
    ask(1);
    assertThat(rendered).hasSize(258).endsWith(256, 1);
  }

  private void ask(int shape) {
    String text =
        texts.of(
            shape,
            () -> {
              rendered.add(shape);
              return "text " + shape;
            });
    assertThat(text).isEqualTo("text " + shape);
  }
}
