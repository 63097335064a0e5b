package dev.tenon.vector;

import java.util.Locale;

/** What the vectors of a space are made of: their type on the server, and how they get there. */
enum Element {
  /** Numbers of single precision. */
  SINGLE("vector", 16_000, 2_000) {
    @Override
    String parameter(int dimensions) {
      return "?::vector";
    }

    @Override
    String sent(String column) {
      return "vector_send(" + column + ")";
    }

    @Override
    String length(String column) {
      return "vector_norm(" + column + ")";
    }
  },

  /** Numbers of half precision; a distance is computed of what they were rounded to. */
  HALF("halfvec", 16_000, 4_000) {
    @Override
    String parameter(int dimensions) {
      return "?::halfvec";
    }

    /** As single precision, which holds each of them. */
    @Override
    String sent(String column) {
      return "vector_send(" + column + "::vector)";
    }
  },

  /** Single bits. */
  BIT("bit", 64_000, 64_000) {
    @Override
    String parameter(int dimensions) {
      return "?::bit(" + dimensions + ")";
    }

    @Override
    String sent(String column) {
      return "bit_send(" + column + ")";
    }
  },

  /** Numbers of single precision, of which only those that are not zero are stored. */
  SPARSE("sparsevec", 1_000_000_000, 1_000_000_000) {
    @Override
    String parameter(int dimensions) {
      return "?::sparsevec";
    }

    @Override
    String sent(String column) {
      return "sparsevec_send(" + column + ")";
    }
  };

  private final String type;
  private final int mostDimensions;
  private final int mostIndexed;

  Element(String type, int mostDimensions, int mostIndexed) {
    this.type = type;
    this.mostDimensions = mostDimensions;
    this.mostIndexed = mostIndexed;
  }

  /** As the server names it, without dimensions. */
  String type() {
    return type;
  }

  int mostDimensions() {
    return mostDimensions;
  }

  /** Of a vector that an HNSW index takes. */
  int mostIndexed() {
    return mostIndexed;
  }

  /** Of one vector as it is stored; of a sparse one at most. */
  long bytes(long dimensions) {
    return switch (this) {
      case SINGLE -> 8 + 4 * dimensions;
      case HALF -> 8 + 2 * dimensions;
      case BIT -> 8 + (dimensions + 7) / 8;
      case SPARSE -> 16 + 8 * Math.min(dimensions, VectorCheck.MOST_PRESENT);
    };
  }

  /** The expression of a parameter, which is a {@code real[]} or a text. */
  abstract String parameter(int dimensions);

  /** The expression of the bytes that {@link EmbeddingBytes} reads. */
  abstract String sent(String column);

  /** The expression of a vector's length. */
  String length(String column) {
    return "l2_norm(" + column + ")";
  }

  /** Whether a vector is a number for each dimension, as {@code float[]} and {@link Embedding}. */
  boolean isDense() {
    return this == SINGLE || this == HALF;
  }

  /** As the method of {@link VectorSpace} that chooses it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
