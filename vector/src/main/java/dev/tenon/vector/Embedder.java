package dev.tenon.vector;

import dev.tenon.core.internal.Required;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a vector of a text: the caller's model, or a client of it. Tenon brings none.
 *
 * @param <X> what it throws; it reaches the caller unwrapped
 */
@FunctionalInterface
public interface Embedder<X extends Exception> {

  /** So many texts are given to {@link #embedAll} at most. */
  int MOST_TEXTS = 200;

  /** A vector of the space that it is asked for. */
  float[] embed(String text) throws X;

  /**
   * A vector of each text, in their order. One text after the other unless it is told how: override
   * it where the model takes many at a time.
   *
   * @param texts at most {@value #MOST_TEXTS}
   */
  default List<float[]> embedAll(List<String> texts) throws X {
    List<float[]> vectors = new ArrayList<>();
    for (String text : texts) {
      float[] vector = embed(text);
      // It may write the next one into the same array.
      vectors.add(vector == null ? vector : vector.clone());
    }
    return vectors;
  }

  /**
   * Which model it is, where it tells: in a space {@linkplain VectorSpace#model of another} it is
   * refused before it is asked.
   */
  default Optional<VectorSpace.Model> model() {
    return Optional.empty();
  }

  /** The same embedder, which tells its model. */
  default Embedder<X> of(VectorSpace.Model model) {
    Optional<VectorSpace.Model> told = Optional.of(Required.require(model, "model", "Embedder.of"));
    Embedder<X> embedder = this;
    return new Embedder<>() {
      @Override
      public float[] embed(String text) throws X {
        return embedder.embed(text);
      }

      @Override
      public List<float[]> embedAll(List<String> texts) throws X {
        return embedder.embedAll(texts);
      }

      @Override
      public Optional<VectorSpace.Model> model() {
        return told;
      }
    };
  }
}
