package dev.tenon.vector;

/**
 * Makes a vector of a text: the caller's model, or a client of it. Tenon brings none.
 *
 * @param <X> what it throws; it reaches the caller unwrapped
 */
@FunctionalInterface
public interface Embedder<X extends Exception> {

  /** A vector of the space that it is asked for. */
  float[] embed(String text) throws X;
}
