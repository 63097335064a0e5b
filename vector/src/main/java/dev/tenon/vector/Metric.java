package dev.tenon.vector;

/** How two vectors are compared; everything that must agree with it derives from it. */
enum Metric {
  /** Distance 0 (same direction) to 2 (opposite); score is the cosine, 1 to -1. */
  COSINE("<=>", "vector_cosine_ops") {
    @Override
    double score(double distance) {
      return 1 - distance;
    }
  };

  private final String operator;
  private final String operatorClass;

  Metric(String operator, String operatorClass) {
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
}
