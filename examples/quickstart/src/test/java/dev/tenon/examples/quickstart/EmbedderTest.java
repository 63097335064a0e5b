package dev.tenon.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.vector.Embedding;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbedderTest {

  @Test
  void texts_of_one_meaning_are_nearer_than_others() {
    try (Embedder embedder = new Embedder()) {
      List<Embedding> vectors =
          embedder.embed(
              List.of("the disk is full", "no space left on the device", "a cake with apples"));

      assertThat(vectors)
          .allSatisfy(vector -> assertThat(vector.dimensions()).isEqualTo(Embedder.DIMENSIONS));
      assertThat(dot(vectors.get(0), vectors.get(1))).isGreaterThan(0.4);
      assertThat(dot(vectors.get(0), vectors.get(2))).isLessThan(0.3);
    }
  }

  @Test
  void keeps_the_order_of_the_texts() {
    try (Embedder embedder = new Embedder()) {
      List<String> titles = RunbookShelf.of("harbor").stream().map(RunbookText::title).toList();

      List<Embedding> together = embedder.embed(titles);

      assertThat(dot(together.get(7), embedder.embed(titles.get(7)))).isGreaterThan(0.99);
    }
  }

  private static double dot(Embedding first, Embedding second) {
    float[] left = first.toArray();
    float[] right = second.toArray();
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += left[i] * right[i];
    }
    return sum;
  }
}
