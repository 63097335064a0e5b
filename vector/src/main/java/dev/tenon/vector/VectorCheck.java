package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Refuses vectors that the server would refuse, or would store and never find again.
 *
 * @param isIndexedByHalf whether an index holds what half precision makes of the vectors
 * @param where what was asked for, for the error
 */
record VectorCheck(VectorSpace space, boolean isIndexedByHalf, String where) {

  /** Four times its square is a number of single precision. */
  static final double LONGEST = 9e18;

  /** By how much a length may differ from 1 where vectors are normalized. */
  static final double LENGTH_TOLERANCE = 0.001;

  /** An HNSW index takes no more components that are not zero. */
  static final int MOST_PRESENT = 1_000;

  /** Half the distance between the greatest number of half precision and the one there is not. */
  private static final float HALF_OVERFLOW = 65_520;

  /** What is not longer is rounded to zero. */
  private static final float HALF_UNDERFLOW = 0x1p-25f;

  /** What is bound for a vector: its components, or for bits and sparse vectors a text. */
  Object bound(@Nullable Object vector) {
    if (vector == null) {
      throw refused("the vector is null", "a vector without direction cannot be compared");
    }
    if (!EmbeddingBytes.holds(vector.getClass(), space.element())) {
      throw refused(
          "a vector of the type " + vector.getClass().getSimpleName() + " was given",
          "the space " + space + " is made of " + space.element().type());
    }
    if (vector instanceof BinaryEmbedding bits) {
      dimensions(bits.dimensions());
      return bits.text();
    }
    if (vector instanceof SparseEmbedding sparse) {
      return sparse(sparse);
    }
    return dense(vector instanceof Embedding embedding ? embedding.components() : (float[]) vector);
  }

  private float[] dense(float[] vector) {
    dimensions(vector.length);
    if (space.element() == Element.SINGLE && !isIndexedByHalf && isOrdinary(vector)) {
      return vector;
    }
    float longest = 0;
    for (int i = 0; i < vector.length; i++) {
      finite(vector[i], i);
      longest = Math.max(longest, Math.abs(vector[i]));
    }
    if (space.element() != Element.HALF) {
      length(vector);
    }
    if (space.element() == Element.HALF || isIndexedByHalf) {
      half(longest);
    }
    normalized(vector);
    return vector;
  }

  /**
   * Whether a vector is so far from each bound that it need not be looked at more closely. A load
   * spends most of its time in the application here, so it is one pass, and in four sums, which the
   * processor adds at once; where a number is not finite no comparison holds.
   */
  private boolean isOrdinary(float[] vector) {
    float first = 0;
    float second = 0;
    float third = 0;
    float fourth = 0;
    int i = 0;
    for (; i < vector.length - 3; i += 4) {
      first += vector[i] * vector[i];
      second += vector[i + 1] * vector[i + 1];
      third += vector[i + 2] * vector[i + 2];
      fourth += vector[i + 3] * vector[i + 3];
    }
    for (; i < vector.length; i++) {
      first += vector[i] * vector[i];
    }
    float squaredLength = first + second + third + fourth;
    return space.isNormalized()
        ? Math.abs(squaredLength - 1) < LENGTH_TOLERANCE
        : squaredLength > 1e-30f && squaredLength < 1e30f;
  }

  private String sparse(SparseEmbedding vector) {
    dimensions(vector.dimensions());
    if (vector.size() > MOST_PRESENT) {
      throw refused(
          vector.size() + " components of the vector are not zero",
          "an HNSW index takes at most " + MOST_PRESENT + " of them");
    }
    for (int i = 0; i < vector.size(); i++) {
      finite(vector.values()[i], vector.position(i));
    }
    length(vector.values());
    normalized(vector.values());
    return vector.text();
  }

  private void dimensions(int given) {
    if (given != space.dimensions()) {
      throw refused(
          "the vector has " + given + " dimensions instead of " + space.dimensions(),
          "it was most likely made by another embedding model");
    }
  }

  private void finite(float component, int position) {
    if (!Float.isFinite(component)) {
      throw refused(
          "component " + position + " of the vector is " + component,
          "only finite numbers have a place in the space");
    }
  }

  /** What half precision makes of it; squares of such numbers leave single precision nowhere. */
  private void half(float longest) {
    if (longest >= HALF_OVERFLOW) {
      throw refused(
          "a component of the vector is as great as " + longest, "half precision ends at 65504");
    }
    if (space.metric().needsDirection() && longest <= HALF_UNDERFLOW) {
      throw refused(
          "the vector has no direction: no component is greater than " + longest,
          "half precision rounds them to zero, and its distance to every vector would not be a"
              + " number");
    }
  }

  /**
   * The squared length is summed in single precision, as pgvector does: where it underflows or
   * overflows the cosine distance to everything is NaN, and the row is missing from the index but
   * present in a scan without it. The other distances overflow between two vectors whose squared
   * lengths come near the largest number.
   */
  private void length(float[] components) {
    float squaredLength = 0;
    for (float component : components) {
      squaredLength += component * component;
    }
    boolean needsDirection = space.metric().needsDirection();
    if (!needsDirection && Math.sqrt(squaredLength) >= LONGEST) {
      throw refused(
          "the vector is too long: its squared length is " + shown(squaredLength),
          "its distance to another could be infinite");
    }
    if (needsDirection
        && (squaredLength < Float.MIN_NORMAL || squaredLength == Float.POSITIVE_INFINITY)) {
      throw refused(
          "the vector has no direction: its squared length is " + shown(squaredLength),
          "its distance to every vector would not be a number");
    }
  }

  private void normalized(float[] components) {
    if (!space.isNormalized()) {
      return;
    }
    double squaredLength = 0;
    for (float component : components) {
      squaredLength += (double) component * component;
    }
    double length = Math.sqrt(squaredLength);
    if (Math.abs(length - 1) > LENGTH_TOLERANCE) {
      throw new InvalidDataException(
          Problem.what(String.format(Locale.ROOT, "the vector has the length %.6g", length))
              .where(where)
              .why("the space is normalized: its vectors have the length 1, within 0.001")
              .fix("divide each component by the length, or leave normalized() out of the space"));
    }
  }

  private static String shown(float squaredLength) {
    return String.format(Locale.ROOT, "%.3g in single precision", squaredLength);
  }

  private InvalidDataException refused(String what, String why) {
    return new InvalidDataException(
        Problem.what(what)
            .where(where)
            .why(why)
            .fix("pass what the embedding model of this space returned"));
  }
}
