package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Chooses hits that are near to the query and not near to each other: maximal marginal relevance,
 * Carbonell and Goldstein 1998. In time proportional to chosen × candidates × dimensions.
 *
 * @param relevance what part of a hit's worth is its own score, 0 to 1; the rest is taken off for
 *     its score beside the nearest that is chosen already
 * @param candidates how many of the nearest rows it chooses from
 */
record MarginalRelevance(double relevance, int candidates) {

  MarginalRelevance {
    if (!(relevance >= 0 && relevance <= 1) || candidates < 1) {
      throw new UsageException(
          Problem.what("diverse(" + relevance + ", " + candidates + ") was asked for")
              .where("VectorSearch.diverse")
              .why("relevance goes from 0 to 1, and there is at least one candidate")
              .fix("start from 0.5 and five times the rows that are wanted"));
    }
  }

  /** The chosen, in the order they were chosen in; the nearest is the first. */
  <R> List<Hit<R>> choose(List<Hit<R>> hits, List<float[]> vectors, VectorSpace space, int wanted) {
    List<Hit<R>> chosen = new ArrayList<>();
    double[] likest = new double[hits.size()];
    boolean[] taken = new boolean[hits.size()];
    Arrays.fill(likest, Double.NEGATIVE_INFINITY);
    while (chosen.size() < Math.min(wanted, hits.size())) {
      int best = best(hits, likest, taken);
      taken[best] = true;
      chosen.add(hits.get(best));
      for (int i = 0; i < likest.length; i++) {
        if (!taken[i]) {
          double score = space.score(space.metric().distance(vectors.get(i), vectors.get(best)));
          likest[i] = Math.max(likest[i], score);
        }
      }
    }
    return chosen;
  }

  private <R> int best(List<Hit<R>> hits, double[] likest, boolean[] taken) {
    int best = -1;
    double bestWorth = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < taken.length; i++) {
      double own = hits.get(i).score();
      double worth =
          likest[i] == Double.NEGATIVE_INFINITY
              ? own
              : relevance * own - (1 - relevance) * likest[i];
      if (!taken[i] && (best < 0 || worth > bestWorth)) {
        best = i;
        bestWorth = worth;
      }
    }
    return best;
  }
}
