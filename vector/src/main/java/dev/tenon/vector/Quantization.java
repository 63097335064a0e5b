package dev.tenon.vector;

/**
 * What an index holds in place of the vectors themselves: it is smaller then, and its search finds
 * candidates, which are compared by their vectors afterwards.
 */
public enum Quantization {
  /** The vectors: nothing is compared twice. */
  NONE(2_000) {
    @Override
    String of(String vector, int dimensions) {
      return vector;
    }

    @Override
    String operator(VectorSpace space) {
      return space.operator();
    }

    @Override
    String operatorClass(VectorSpace space) {
      return space.operatorClass();
    }
  },

  /**
   * Numbers of half precision: half the size, up to 4000 dimensions. A repository with such an
   * index refuses what half precision cannot hold, and no other does: rows that are stored before,
   * of components below 2^-25 alone, are not found by it.
   */
  HALF(4_000) {
    @Override
    String of(String vector, int dimensions) {
      return "(" + vector + "::halfvec(" + dimensions + "))";
    }

    @Override
    String operator(VectorSpace space) {
      return space.operator();
    }

    @Override
    String operatorClass(VectorSpace space) {
      return space.metric().operatorClass(Element.HALF);
    }
  },

  /**
   * The sign of each component, compared by how many differ: a thirtieth of the size, of all
   * dimensions that a vector has. It tells angles, so it suits {@link VectorSpace#cosine}, with
   * many candidates.
   */
  BINARY(64_000) {
    @Override
    String of(String vector, int dimensions) {
      return "(binary_quantize(" + vector + ")::bit(" + dimensions + "))";
    }

    @Override
    String operator(VectorSpace space) {
      return Metric.HAMMING.operator();
    }

    @Override
    String operatorClass(VectorSpace space) {
      return Metric.HAMMING.operatorClass(Element.BIT);
    }
  };

  private final int mostIndexed;

  Quantization(int mostIndexed) {
    this.mostIndexed = mostIndexed;
  }

  /** How many dimensions of a {@code vector} an index of it takes. */
  int mostIndexed() {
    return mostIndexed;
  }

  /** What the index holds of a vector, of a column or another. */
  abstract String of(String vector, int dimensions);

  abstract String operator(VectorSpace space);

  abstract String operatorClass(VectorSpace space);
}
