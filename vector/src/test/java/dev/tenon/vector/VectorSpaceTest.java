package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import org.junit.jupiter.api.Test;

class VectorSpaceTest {

  private static final VectorSpace SPACE = VectorSpace.cosine(3);

  record Item(int id, Embedding embedding) {}

  private static Object bound(VectorSpace space, float... vector) {
    return new VectorCheck(space, false, "here").bound(vector);
  }

  private static void assertRefused(String reason, float... vector) {
    assertThatThrownBy(() -> bound(SPACE, vector))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining("where: here")
        .hasMessageContaining("fix:");
  }

  @Test
  void takes_vectors_with_a_direction() {
    float[] vector = {0, -2, 1e-3f};
    assertThat(bound(SPACE, vector)).isSameAs(vector);
  }

  @Test
  void refuses_another_number_of_dimensions() {
    assertRefused("the vector has 2 dimensions instead of 3", 1, 2);
    assertRefused("the vector has 0 dimensions instead of 3");
  }

  @Test
  void names_the_component_that_is_not_finite() {
    assertRefused("component 1 of the vector is NaN", 1, Float.NaN, 1);
    assertRefused("component 2 of the vector is Infinity", 1, 1, Float.POSITIVE_INFINITY);
    assertRefused("component 0 of the vector is -Infinity", Float.NEGATIVE_INFINITY, 1, 1);
  }

  @Test
  void refuses_vectors_whose_length_is_zero_or_underflows_or_overflows() {
    assertRefused("the vector has no direction", 0, 0, 0);
    assertRefused("the vector has no direction", -0f, 0, -0f);
    assertRefused("the vector has no direction", 1e-30f, 1e-30f, 1e-30f);
    assertRefused("the vector has no direction", 3e38f, 3e38f, 3e38f);
  }

  @Test
  void scores_a_distance_by_the_cosine() {
    assertThat(SPACE.score(0)).isEqualTo(1);
    assertThat(SPACE.score(1)).isEqualTo(0);
    assertThat(SPACE.score(2)).isEqualTo(-1);
    assertThat(SPACE.score(0.25)).isCloseTo(0.75, within(1e-12));
  }

  @Test
  void scores_are_greater_the_nearer() {
    assertThat(VectorSpace.l2(3).score(0)).isEqualTo(1);
    assertThat(VectorSpace.l2(3).score(3)).isEqualTo(0.25);
    assertThat(VectorSpace.l1(3).score(1)).isEqualTo(0.5);
    assertThat(VectorSpace.innerProduct(3).score(-7)).isEqualTo(7);
    assertThat(VectorSpace.innerProduct(3).score(0)).isEqualTo(0d);
  }

  @Test
  void only_an_angle_needs_a_direction_and_no_distance_may_be_infinite() {
    for (VectorSpace space :
        new VectorSpace[] {VectorSpace.l2(3), VectorSpace.l1(3), VectorSpace.innerProduct(3)}) {
      float[] zero = {0, 0, 0};
      float[] tiny = {1e-38f, 0, 0};
      assertThat(bound(space, zero)).isSameAs(zero);
      assertThat(bound(space, tiny)).isSameAs(tiny);
      assertThatThrownBy(() -> bound(space, 0, -1e19f, 0))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("the vector is too long")
          .hasMessageContaining("could be infinite");
    }
  }

  @Test
  void refuses_dimensions_that_cannot_be_stored() {
    assertThatThrownBy(() -> VectorSpace.cosine(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> VectorSpace.cosine(1_000_000_001)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> VectorSpace.cosine(16_001).half()).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> VectorRepository.of("x", Item.class, VectorSpace.cosine(16_001)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("16001 dimensions")
        .hasMessageContaining("at most 16000 of a vector");
    assertThat(VectorRepository.of("x", Item.class, VectorSpace.cosine(16_000)).tableSql())
        .contains("vector(16000)");
  }

  @Test
  void is_a_value() {
    assertThat(VectorSpace.cosine(3)).isEqualTo(SPACE).hasSameHashCodeAs(SPACE);
    assertThat(VectorSpace.cosine(4)).isNotEqualTo(SPACE);
    assertThat(SPACE).hasToString("cosine(3)").isNotEqualTo(VectorSpace.l2(3));
    assertThat(VectorSpace.innerProduct(3)).hasToString("innerProduct(3)");
  }

  @Test
  void an_embedding_is_a_value_of_its_own() {
    float[] components = {1, 2, 3};
    Embedding embedding = Embedding.of(components);
    components[0] = 9;
    embedding.toArray()[1] = 9;
    assertThat(embedding).isEqualTo(Embedding.of(1, 2, 3)).isNotEqualTo(Embedding.of(1, 2));
    assertThat(embedding).hasToString("[1.0, 2.0, 3.0]");
    assertThat(Embedding.of(1, 2, 3, 4, 5)).hasToString("[1.0, 2.0, 3.0, 4.0, … 5 in all]");
  }

  @Test
  void an_index_refuses_parameters_that_the_server_would() {
    assertThatThrownBy(() -> new HnswIndex(1, 64)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> new HnswIndex(101, 400)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> new HnswIndex(16, 31)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> new HnswIndex(16, 1001)).isInstanceOf(UsageException.class);
    assertThat(new HnswIndex(16, 32).efConstruction()).isEqualTo(32);
  }
}
