package dev.tenon.vector;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A vector as a value: immutable, equal to every other with the same components.
 *
 * <p>A record with an {@code Embedding} keeps the equality that records promise; with a {@code
 * float[]} it would compare the identity of the array. Repositories take either.
 */
public final class Embedding {

  private static final int SHOWN = 4;

  private final float[] components;

  private Embedding(float[] components) {
    this.components = components;
  }

  /** A copy of these components; a repository checks them, not this method. */
  public static Embedding of(float... components) {
    return new Embedding(components.clone());
  }

  /** Takes over an array that nobody else holds. */
  static Embedding owning(float[] components) {
    return new Embedding(components);
  }

  public int dimensions() {
    return components.length;
  }

  /** A copy of the components. */
  public float[] toArray() {
    return components.clone();
  }

  /** The components themselves, to be read only. */
  float[] components() {
    return components;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Embedding that && Arrays.equals(components, that.components);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(components);
  }

  /** The first components and the number of all. */
  @Override
  public String toString() {
    String shown = Arrays.toString(Arrays.copyOf(components, Math.min(SHOWN, components.length)));
    return components.length <= SHOWN
        ? shown
        : shown.replace("]", ", … " + components.length + " in all]");
  }
}
