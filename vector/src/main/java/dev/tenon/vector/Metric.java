package dev.tenon.vector;

/** How two vectors are compared; everything that must agree with it derives from it. */
enum Metric {
  /** Distance 0 (same direction) to 2 (opposite); score is the cosine, 1 to -1. */
  COSINE("cosine", "<=>", "vector_cosine_ops") {
    @Override
    double score(double distance) {
      return 1 - distance;
    }
  },

  /** Distance 0 upwards; score 1 (the same vector) towards 0. */
  L2("l2", "<->", "vector_l2_ops") {
    @Override
    double score(double distance) {
      return 1 / (1 + distance);
    }
  },

  /** Distance is the negative inner product; score is the product, without bounds. */
  INNER_PRODUCT("innerProduct", "<#>", "vector_ip_ops") {
    @Override
    double score(double distance) {
      // Zero has no sign here: 0 - 0 is 0, and -0 is not.
      return 0 - distance;
    }
  },

  /** Distance 0 upwards; score 1 (the same vector) towards 0. */
  L1("l1", "<+>", "vector_l1_ops") {
    @Override
    double score(double distance) {
      return 1 / (1 + distance);
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

  String operatorClass() {
    return operatorClass;
  }

  abstract double score(double distance);

  /** Whether a vector of no length cannot be compared. */
  boolean needsDirection() {
    return this == COSINE;
  }

  /** As the method of {@link VectorSpace} that makes one. */
  @Override
  public String toString() {
    return name;
  }
}
