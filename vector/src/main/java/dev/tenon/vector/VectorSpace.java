package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.StorableText;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the vectors of one column have in common: their number of dimensions, what they are made of,
 * how two of them are compared, and which model made them.
 *
 * <p>The type of the column, the operator of a search, the operator class of its index and the
 * score of a hit all follow from it, so that they cannot disagree. Immutable.
 */
public final class VectorSpace {

  private final Metric metric;
  private final Element element;
  private final int dimensions;
  private final boolean isNormalized;
  private final @Nullable Model model;

  /**
   * An embedding model, and which of its versions: vectors of two cannot be compared.
   *
   * @param name e.g. {@code bge-small-en}
   * @param version whatever tells two of them apart, e.g. {@code 1.5}
   */
  public record Model(String name, String version) {

    private static final int LONGEST = 200;

    /**
     * @throws UsageException if one of them is blank, is longer than 200 characters, or has control
     *     characters
     */
    public Model {
      requireText("name", name);
      requireText("version", version);
    }

    private static void requireText(String what, String text) {
      Required.require(text, what, "VectorSpace.model");
      boolean isPlain = text.chars().noneMatch(Character::isISOControl);
      if (text.isBlank() || text.length() > LONGEST || !isPlain || !StorableText.isStorable(text)) {
        throw new UsageException(
            Problem.what(
                    "the %s of a model is \"%s\", of %d characters"
                        .formatted(what, Problem.excerpt(text), text.length()))
                .where("VectorSpace.model")
                .why("it is 1 to " + LONGEST + " characters, none of them a control character")
                .fix("pass what its maker calls it, e.g. model(\"bge-small-en\", \"1.5\")"));
      }
    }

    /** As the step of a {@link VectorSpace} that names it. */
    @Override
    public String toString() {
      return "model(" + quoted(name) + ", " + quoted(version) + ")";
    }

    private static String quoted(String text) {
      return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
  }

  private VectorSpace(
      Metric metric, Element element, int dimensions, boolean isNormalized, @Nullable Model model) {
    // As single precision it may become sparse; a repository looks again.
    int most = (element == Element.SINGLE ? Element.SPARSE : element).mostDimensions();
    if (dimensions < 1 || dimensions > most) {
      throw new UsageException(
          Problem.what("a space of " + dimensions + " dimensions was asked for")
              .where("VectorSpace." + metric)
              .why("pgvector stores 1 to " + most + " dimensions")
              .fix("pass the dimension of the embedding model, e.g. 384"));
    }
    this.metric = metric;
    this.element = element;
    this.dimensions = dimensions;
    this.isNormalized = isNormalized;
    this.model = model;
  }

  private static VectorSpace of(Metric metric, Element element, int dimensions) {
    return new VectorSpace(metric, element, dimensions, false, null);
  }

  /**
   * Vectors that are compared by the angle between them, whatever their lengths.
   *
   * <p>The distance is 0 for the same direction, 1 for a right angle and 2 for opposite directions;
   * the score is the cosine, {@code 1 - distance}.
   *
   * @param dimensions 1 to 16000, and of {@link #sparse} a billion; an HNSW index takes 2000, and
   *     4000 of {@link #half}
   * @throws UsageException if they are out of that range, there or where a repository is made
   */
  public static VectorSpace cosine(int dimensions) {
    return of(Metric.COSINE, Element.SINGLE, dimensions);
  }

  /**
   * Vectors that are compared by the straight line between them.
   *
   * <p>The distance is its length, from 0; the score is {@code 1 / (1 + distance)}. For vectors of
   * length 1 the order is that of {@link #cosine}.
   *
   * @param dimensions as for {@link #cosine}
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace l2(int dimensions) {
    return of(Metric.L2, Element.SINGLE, dimensions);
  }

  /**
   * Vectors that are compared by their inner product: the longer and the more of one direction, the
   * nearer. A vector need not be the nearest to itself.
   *
   * <p>The distance is the negative product, the score the product; both are without bounds. For
   * vectors of length 1 the order is that of {@link #cosine}, and costs a little less.
   *
   * @param dimensions as for {@link #cosine}
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace innerProduct(int dimensions) {
    return of(Metric.INNER_PRODUCT, Element.SINGLE, dimensions);
  }

  /**
   * Vectors that are compared by the sum of the differences of their components.
   *
   * <p>The distance is that sum, from 0; the score is {@code 1 / (1 + distance)}.
   *
   * @param dimensions as for {@link #cosine}
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace l1(int dimensions) {
    return of(Metric.L1, Element.SINGLE, dimensions);
  }

  /**
   * {@linkplain BinaryEmbedding Bits} that are compared by how many differ.
   *
   * <p>The distance is that number; the score is the part of the bits that are equal, 1 to 0.
   *
   * @param dimensions 1 to 64000
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace hamming(int dimensions) {
    return of(Metric.HAMMING, Element.BIT, dimensions);
  }

  /**
   * {@linkplain BinaryEmbedding Bits} that are compared by how many of those that either has, both
   * have.
   *
   * <p>The distance is 0 for the same bits and 1 for none in common, also where none is set at all;
   * the score is {@code 1 - distance}.
   *
   * @param dimensions 1 to 64000
   * @throws UsageException if they are out of that range
   */
  public static VectorSpace jaccard(int dimensions) {
    return of(Metric.JACCARD, Element.BIT, dimensions);
  }

  /**
   * The same space of components of half precision, {@code halfvec}: half the size, and an index of
   * up to 4000 dimensions.
   *
   * <p>Components are rounded to 11 significant bits as they are stored; one beyond 65504 is
   * refused.
   *
   * @throws UsageException if it is a space of bits, or sparse
   */
  public VectorSpace half() {
    return madeOf(Element.HALF);
  }

  /**
   * The same space of {@linkplain SparseEmbedding vectors most of whose components are zero},
   * {@code sparsevec}: of up to a billion dimensions, of which 1000 are not zero.
   *
   * @throws UsageException if it is a space of bits, or of half precision
   */
  public VectorSpace sparse() {
    return madeOf(Element.SPARSE);
  }

  private VectorSpace madeOf(Element chosen) {
    if (element != Element.SINGLE && element != chosen) {
      throw new UsageException(
          Problem.what(chosen + "() was asked of the space " + this)
              .where("VectorSpace." + chosen)
              .why(
                  metric.isOfBits()
                      ? metric + " compares bits"
                      : "a vector is of half precision or sparse, not both")
              .fix("choose one of the two"));
    }
    return new VectorSpace(metric, chosen, dimensions, isNormalized, model);
  }

  /**
   * The same space of vectors of length 1, as many models make them: one whose length differs from
   * 1 by more than 0.001 is refused, also as what is searched for. The check of an emitted table
   * allows twice as much, because half precision rounds.
   *
   * <p>Distances and scores are those of the metric: what {@link #cosine} and {@link #innerProduct}
   * score is the same number then, but for what the lengths are off.
   *
   * @throws UsageException if it is a space of bits, which have no length
   */
  public VectorSpace normalized() {
    if (metric.isOfBits()) {
      throw new UsageException(
          Problem.what("normalized() was asked of the space " + this)
              .where("VectorSpace.normalized")
              .why("bits have no length")
              .fix("leave it out"));
    }
    return new VectorSpace(metric, element, dimensions, true, model);
  }

  /**
   * The same space of the vectors of one model, in one of its versions. The comment of an emitted
   * column tells it, {@link VectorRepository#requireSpace} compares it there, and an {@link
   * Embedder} of another model is refused.
   *
   * @throws UsageException if a text is blank, is longer than 200 characters, or has control
   *     characters
   */
  public VectorSpace model(String name, String version) {
    return of(new Model(name, version));
  }

  private VectorSpace of(@Nullable Model other) {
    return new VectorSpace(metric, element, dimensions, isNormalized, other);
  }

  /** Which model makes the vectors, where it was named. */
  public Optional<Model> model() {
    return Optional.ofNullable(model);
  }

  VectorSpace ofAnyModel() {
    return of((Model) null);
  }

  boolean isNormalized() {
    return isNormalized;
  }

  /** Refuses an embedder of another model; nothing is known where one of the two names none. */
  void requireModel(Embedder<?> embedder, String where) {
    Model other = Required.require(embedder, "embedder", where).model().orElse(model);
    if (model != null && !model.equals(other)) {
      throw new UsageException(
          Problem.what("an embedder of the " + other + " was given")
              .where(where)
              .why("the vectors there are of the " + model + ", and cannot be compared with others")
              .fix("embed by the model of the space; go to another by a ModelChange"));
    }
  }

  public int dimensions() {
    return dimensions;
  }

  /** The score of a distance: greater is nearer. */
  public double score(double distance) {
    return metric.score(distance, dimensions);
  }

  Metric metric() {
    return metric;
  }

  Element element() {
    return element;
  }

  String operator() {
    return metric.operator();
  }

  /** What the vectors are indexed by; whoever emits an index looks whether there can be one. */
  String operatorClass() {
    return metric.operatorClass(element);
  }

  String columnType() {
    return element.type() + "(" + dimensions + ")";
  }

  /** The expression of a parameter that is a vector. */
  String parameter() {
    return element.parameter(dimensions);
  }

  /**
   * What a column of the space may hold, as a constraint: the same as {@link VectorCheck}, for
   * writers that do not go through Java. Empty where each value of the type has distances.
   *
   * @param column quoted
   */
  Optional<String> constraint(String column) {
    if (isNormalized) {
      return Optional.of(
          "abs(" + element.length(column) + " - 1) <= " + 2 * VectorCheck.LENGTH_TOLERANCE);
    }
    if (metric.needsDirection()) {
      return Optional.of(column + " " + operator() + " " + column + " <> 'NaN'");
    }
    return element == Element.SINGLE || element == Element.SPARSE
        ? Optional.of(element.length(column) + " < " + VectorCheck.LONGEST)
        : Optional.empty();
  }

  /** What the constraint is named for. */
  String constraintName() {
    if (isNormalized) {
      return "is_normalized";
    }
    return metric.needsDirection() ? "has_direction" : "has_distances";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VectorSpace that
        && metric == that.metric
        && element == that.element
        && dimensions == that.dimensions
        && isNormalized == that.isNormalized
        && Objects.equals(model, that.model);
  }

  @Override
  public int hashCode() {
    return Objects.hash(metric, element, dimensions, isNormalized, model);
  }

  /** As it is made; comments of columns hold it, so it stays as it is. */
  @Override
  public String toString() {
    boolean isChosen = element == Element.HALF || element == Element.SPARSE;
    return metric
        + "("
        + dimensions
        + ")"
        + (isChosen ? "." + element + "()" : "")
        + (isNormalized ? ".normalized()" : "")
        + (model == null ? "" : "." + model);
  }
}
