package dev.tenon.vector;

/** How two vectors are compared; everything that must agree with it derives from it. */
enum Metric {
  /** Distance 0 (same direction) to 2 (opposite); score is the cosine, 1 to -1. */
  COSINE("cosine", "<=>", "cosine_ops") {
    @Override
    double score(double distance, int dimensions) {
      return 1 - distance;
    }

    @Override
    double distance(float[] one, float[] other) {
      return 1 - product(one, other) / Math.sqrt(product(one, one) * product(other, other));
    }
  },

  /** Distance 0 upwards; score 1 (the same vector) towards 0. */
  L2("l2", "<->", "l2_ops") {
    @Override
    double distance(float[] one, float[] other) {
      double squares = 0;
      for (int i = 0; i < one.length; i++) {
        double difference = (double) one[i] - other[i];
        squares += difference * difference;
      }
      return Math.sqrt(squares);
    }
  },

  /** Distance is the negative inner product; score is the product, without bounds. */
  INNER_PRODUCT("innerProduct", "<#>", "ip_ops") {
    @Override
    double score(double distance, int dimensions) {
      // Zero has no sign here: 0 - 0 is 0, and -0 is not.
      return 0 - distance;
    }

    @Override
    double distance(float[] one, float[] other) {
      return -product(one, other);
    }
  },

  /** Distance 0 upwards; score 1 (the same vector) towards 0. */
  L1("l1", "<+>", "l1_ops") {
    @Override
    double distance(float[] one, float[] other) {
      double sum = 0;
      for (int i = 0; i < one.length; i++) {
        sum += Math.abs((double) one[i] - other[i]);
      }
      return sum;
    }
  },

  /** Distance is the number of bits that differ; score the part of the bits that do not. */
  HAMMING("hamming", "<~>", "hamming_ops") {
    @Override
    double score(double distance, int dimensions) {
      return 1 - distance / dimensions;
    }
  },

  /** Distance 0 (the same bits) to 1 (none in common); score is the part that is in common. */
  JACCARD("jaccard", "<%>", "jaccard_ops") {
    @Override
    double score(double distance, int dimensions) {
      return 1 - distance;
    }
  };

  private final String name;
  private final String operator;
  private final String operatorClass;

  Metric(String name, String operator, String operatorClass) {
    this.name = name;
    this.operator = operator;
    this.operatorClass = operatorClass;
  }

  String operator() {
    return operator;
  }

  String operatorClass(Element element) {
    return element.type() + "_" + operatorClass;
  }

  double score(double distance, int dimensions) {
    return 1 / (1 + distance);
  }

  /** What the operator yields for two vectors of numbers. */
  double distance(float[] one, float[] other) {
    throw new UnsupportedOperationException(this + " compares bits");
  }

  private static double product(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += (double) one[i] * other[i];
    }
    return sum;
  }

  /** Whether a vector of no length cannot be compared. */
  boolean needsDirection() {
    return this == COSINE;
  }

  /** Whether it compares bits, and nothing else. */
  boolean isOfBits() {
    return this == HAMMING || this == JACCARD;
  }

  /** As the method of {@link VectorSpace} that makes one. */
  @Override
  public String toString() {
    return name;
  }
}
