package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;

/** How the answers of two legs become one: from the ranks of a row, or from its scores. */
public sealed interface Fusion {

  /** {@link ReciprocalRank} with 60, as its authors. */
  Fusion DEFAULT = new ReciprocalRank(60);

  /**
   * Each leg gives a row {@code weight / (constant + rank)}; Cormack, Clarke and Büttcher 2009.
   * Scores of legs need not be comparable.
   *
   * @param constant the greater, the less the first ranks stand out; 1 or more
   */
  record ReciprocalRank(int constant) implements Fusion {

    /**
     * @throws UsageException if it is less than 1
     */
    public ReciprocalRank {
      if (constant < 1) {
        throw new UsageException(
            Problem.what("a constant of " + constant + " was given")
                .where("Fusion.ReciprocalRank")
                .why("the first rank counts weight / (constant + 1)")
                .fix("start from 60"));
      }
    }
  }

  /**
   * Each leg gives a row {@code weight × (score - least) / (greatest - least)}, of the scores of
   * the leg's own candidates: 1 for its best, 0 for its last. Where all are alike each counts 1.
   */
  record MinMax() implements Fusion {}
}
