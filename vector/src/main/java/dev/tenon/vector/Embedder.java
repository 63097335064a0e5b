package dev.tenon.vector;

import dev.tenon.core.internal.Required;
import java.util.Optional;

/**
 * Makes a vector of a text: the caller's model, or a client of it. Tenon brings none.
 *
 * @param <X> what it throws; it reaches the caller unwrapped
 */
@FunctionalInterface
public interface Embedder<X extends Exception> {

  /** A vector of the space that it is asked for. */
  float[] embed(String text) throws X;

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
      public Optional<VectorSpace.Model> model() {
        return told;
      }
    };
  }
}
