package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;

/** What a hybrid search was told. */
record HybridOptions(
    int top, int candidates, double vectorWeight, double textWeight, Fusion fusion) {

  static final int MOST = 1_000;

  private static final int CANDIDATES = 100;
  private static final double LEAST_WEIGHT = 1e-6;
  private static final double GREATEST_WEIGHT = 1e6;

  static HybridOptions of(int top) {
    return new HybridOptions(top, CANDIDATES, 1, 1, Fusion.DEFAULT);
  }

  HybridOptions withTop(int rows) {
    requireWithin("top", rows);
    return new HybridOptions(rows, candidates, vectorWeight, textWeight, fusion);
  }

  HybridOptions withCandidates(int rows) {
    requireWithin("candidates", rows);
    return new HybridOptions(top, rows, vectorWeight, textWeight, fusion);
  }

  HybridOptions withWeights(double vector, double text) {
    if (!(isWeight(vector) && isWeight(text) && vector + text > 0)) {
      throw new UsageException(
          Problem.what("weights(" + vector + ", " + text + ") was asked for")
              .where("HybridSearch.weights")
              .why("a leg counts 0, or 1e-6 to 1e6, and one of them counts")
              .fix(
                  "start from 1 and 1; a search by one leg alone is a VectorSearch or a TextQuery"));
    }
    return new HybridOptions(top, candidates, vector, text, fusion);
  }

  /** What the server can multiply and divide without running out of digits. */
  private static boolean isWeight(double weight) {
    return weight == 0 || (weight >= LEAST_WEIGHT && weight <= GREATEST_WEIGHT);
  }

  HybridOptions withFusion(Fusion chosen) {
    return new HybridOptions(top, candidates, vectorWeight, textWeight, chosen);
  }

  /** Of each leg. */
  int candidatesOfLeg() {
    return Math.max(top, candidates);
  }

  private static void requireWithin(String option, int rows) {
    if (rows < 1 || rows > MOST) {
      throw new UsageException(
          Problem.what(option + "(" + rows + ") was asked for")
              .where("HybridSearch." + option)
              .why("it is 1 to " + MOST)
              .fix("choose one in this range"));
    }
  }
}
