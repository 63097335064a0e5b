package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.Arrays;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A vector most of whose components are zero, as a value; pgvector's element {@code sparsevec}.
 *
 * <p>Positions begin at 0; the server prints them from 1. Immutable; a repository checks the
 * numbers, not this class.
 */
public final class SparseEmbedding {

  private static final int SHOWN = 4;

  private final int dimensions;
  private final int[] positions;
  private final float[] values;

  private SparseEmbedding(int dimensions, int[] positions, float[] values) {
    this.dimensions = dimensions;
    this.positions = positions;
    this.values = values;
  }

  /**
   * One of the components that are not zero, by their position; what is 0 is left out.
   *
   * @param dimensions how many components it has with those that are zero
   * @throws UsageException if a position is not below the dimensions, or is negative
   */
  public static SparseEmbedding of(int dimensions, Map<Integer, Float> components) {
    TreeMap<Integer, Float> ordered = new TreeMap<>(components);
    ordered.values().removeIf(value -> value == 0);
    if (!ordered.isEmpty() && (ordered.firstKey() < 0 || ordered.lastKey() >= dimensions)) {
      int wrong = ordered.firstKey() < 0 ? ordered.firstKey() : ordered.lastKey();
      throw new UsageException(
          Problem.what("a component at " + wrong + " of " + dimensions + " dimensions was given")
              .where("SparseEmbedding.of")
              .why("positions begin at 0 and are below the number of dimensions")
              .fix("subtract 1 where they are counted from 1, or pass more dimensions"));
    }
    int[] positions = new int[ordered.size()];
    float[] values = new float[ordered.size()];
    int next = 0;
    for (Map.Entry<Integer, Float> component : ordered.entrySet()) {
      positions[next] = component.getKey();
      values[next++] = component.getValue();
    }
    return new SparseEmbedding(dimensions, positions, values);
  }

  /** The components of these that are not zero. */
  public static SparseEmbedding ofDense(float... components) {
    TreeMap<Integer, Float> present = new TreeMap<>();
    for (int i = 0; i < components.length; i++) {
      present.put(i, components[i]);
    }
    return of(components.length, present);
  }

  /** Takes over arrays that nobody else holds, positions in their order. */
  static SparseEmbedding owning(int dimensions, int[] positions, float[] values) {
    return new SparseEmbedding(dimensions, positions, values);
  }

  public int dimensions() {
    return dimensions;
  }

  /** How many components are not zero. */
  public int size() {
    return positions.length;
  }

  /** The components that are not zero, by their position. */
  public Map<Integer, Float> components() {
    TreeMap<Integer, Float> components = new TreeMap<>();
    for (int i = 0; i < positions.length; i++) {
      components.put(positions[i], values[i]);
    }
    return components;
  }

  /** The values themselves, to be read only. */
  float[] values() {
    return values;
  }

  int position(int component) {
    return positions[component];
  }

  /** As the server reads it. */
  String text() {
    StringJoiner text = new StringJoiner(",", "{", "}/" + dimensions);
    for (int i = 0; i < positions.length; i++) {
      text.add((positions[i] + 1L) + ":" + values[i]);
    }
    return text.toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SparseEmbedding that
        && dimensions == that.dimensions
        && Arrays.equals(positions, that.positions)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * dimensions + Arrays.hashCode(positions)) + Arrays.hashCode(values);
  }

  /** The first components, and the number of dimensions. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ", "{", "} of " + dimensions);
    for (int i = 0; i < Math.min(SHOWN, positions.length); i++) {
      text.add(positions[i] + "=" + values[i]);
    }
    if (positions.length > SHOWN) {
      text.add("… " + positions.length + " in all");
    }
    return text.toString();
  }
}
