package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the vectors of one column have in common: their number of dimensions and how two of them are
 * compared.
 *
 * <p>The operator of a search, the operator class of its index and the score of a hit all follow
 * from it, so that they cannot disagree. Immutable.
 */
public final class VectorSpace {

  private static final int MOST_INDEXED_DIMENSIONS = 2000;

  /** Four times its square is a number of single precision. */
  private static final double LONGEST = 9e18;

  private final Metric metric;
  private final int dimensions;

  private VectorSpace(Metric metric, int dimensions) {
    this.metric = metric;
    this.dimensions = dimensions;
  }

  /**
   * Vectors that are compared by the angle between them, whatever their lengths.
   *
   * <p>The distance is 0 for the same direction, 1 for a right angle and 2 for opposite directions;
   * the score is the cosine, {@code 1 - distance}.
   *
   * @param dimensions 1 to 2000, the most that an HNSW index on {@code vector} takes
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace cosine(int dimensions) {
    return of(Metric.COSINE, dimensions);
  }

  /**
   * Vectors that are compared by the straight line between them.
   *
   * <p>The distance is its length, from 0; the score is {@code 1 / (1 + distance)}. For vectors of
   * length 1 the order is that of {@link #cosine}.
   *
   * @param dimensions 1 to 2000, the most that an HNSW index on {@code vector} takes
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace l2(int dimensions) {
    return of(Metric.L2, dimensions);
  }

  /**
   * Vectors that are compared by their inner product: the longer and the more of one direction, the
   * nearer. A vector need not be the nearest to itself.
   *
   * <p>The distance is the negative product, the score the product; both are without bounds. For
   * vectors of length 1 the order is that of {@link #cosine}, and costs a little less.
   *
   * @param dimensions 1 to 2000, the most that an HNSW index on {@code vector} takes
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace innerProduct(int dimensions) {
    return of(Metric.INNER_PRODUCT, dimensions);
  }

  /**
   * Vectors that are compared by the sum of the differences of their components.
   *
   * <p>The distance is that sum, from 0; the score is {@code 1 / (1 + distance)}.
   *
   * @param dimensions 1 to 2000, the most that an HNSW index on {@code vector} takes
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace l1(int dimensions) {
    return of(Metric.L1, dimensions);
  }

  private static VectorSpace of(Metric metric, int dimensions) {
    if (dimensions < 1 || dimensions > MOST_INDEXED_DIMENSIONS) {
      throw new UsageException(
          Problem.what("a space of " + dimensions + " dimensions was asked for")
              .where("VectorSpace." + metric)
              .why("pgvector indexes 1 to " + MOST_INDEXED_DIMENSIONS + " dimensions of a vector")
              .fix("pass the dimension of the embedding model, e.g. 384"));
    }
    return new VectorSpace(metric, dimensions);
  }

  public int dimensions() {
    return dimensions;
  }

  /** The score of a distance: greater is nearer. */
  public double score(double distance) {
    return metric.score(distance);
  }

  String operator() {
    return metric.operator();
  }

  String operatorClass() {
    return metric.operatorClass();
  }

  String columnType() {
    return "vector(" + dimensions + ")";
  }

  /**
   * What a column of the space may hold, as the condition of a constraint: the same as {@link
   * #check}, for writers that do not go through Java.
   *
   * @param column quoted
   */
  String constraint(String column) {
    return metric.needsDirection()
        ? column + " " + operator() + " " + column + " <> 'NaN'"
        : "vector_norm(" + column + ") < " + LONGEST;
  }

  /** What the constraint is named for. */
  String constraintName() {
    return metric.needsDirection() ? "has_direction" : "has_distances";
  }

  /**
   * Refuses a vector that the server would refuse, or would store and never find again.
   *
   * <p>The squared length is summed in single precision, as pgvector does: where it underflows or
   * overflows the cosine distance to everything is NaN, and the row is missing from the index but
   * present in a scan without it. The other distances overflow between two vectors whose squared
   * lengths come near the largest number.
   */
  float[] check(float @Nullable [] vector, String where) {
    if (vector == null) {
      throw refused("the vector is null", where, "a vector without direction cannot be compared");
    }
    if (vector.length != dimensions) {
      throw refused(
          "the vector has " + vector.length + " dimensions instead of " + dimensions,
          where,
          "it was most likely made by another embedding model");
    }
    float squaredLength = 0;
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw refused(
            "component " + i + " of the vector is " + vector[i],
            where,
            "only finite numbers have a place in the space");
      }
      squaredLength += vector[i] * vector[i];
    }
    if (!metric.needsDirection() && Math.sqrt(squaredLength) >= LONGEST) {
      throw refused(
          "the vector is too long: its squared length is "
              + String.format(Locale.ROOT, "%.3g", squaredLength)
              + " in single precision",
          where,
          "its distance to another could be infinite");
    }
    if (metric.needsDirection()
        && (squaredLength < Float.MIN_NORMAL || squaredLength == Float.POSITIVE_INFINITY)) {
      throw refused(
          "the vector has no direction: its squared length is "
              + String.format(Locale.ROOT, "%.3g", squaredLength)
              + " in single precision",
          where,
          "its distance to every vector would not be a number");
    }
    return vector;
  }

  private static InvalidDataException refused(String what, String where, String why) {
    return new InvalidDataException(
        Problem.what(what)
            .where(where)
            .why(why)
            .fix("pass what the embedding model of this space returned"));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VectorSpace that
        && metric == that.metric
        && dimensions == that.dimensions;
  }

  @Override
  public int hashCode() {
    return 31 * metric.hashCode() + dimensions;
  }

  @Override
  public String toString() {
    return metric + "(" + dimensions + ")";
  }
}
