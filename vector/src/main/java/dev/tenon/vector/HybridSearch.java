package dev.tenon.vector;

import dev.tenon.core.internal.TextLeg;
import org.jooq.Condition;

/**
 * A search by vector and by words at once: each leg finds candidates, and a fusion of both decides;
 * described step by step, run by {@link #fetch} in one round trip.
 *
 * <p>Begun by {@link VectorSearch#fusedWith}. Each step returns a new search. Safe for use by many
 * threads where its session is.
 *
 * @param <R> the record type of the hits
 */
public final class HybridSearch<R> {

  private final VectorSearch<R> vectors;
  private final TextLeg words;
  private final HybridOptions options;

  HybridSearch(VectorSearch<R> vectors, TextLeg words, HybridOptions options) {
    this.vectors = vectors;
    this.words = words;
    this.options = options;
  }

  /** How many rows to return; by default as many as the search by vector was told. */
  public HybridSearch<R> top(int rows) {
    return with(options.withTop(rows));
  }

  /**
   * How many candidates each leg brings, 100 by default, and never less than the rows asked for.
   */
  public HybridSearch<R> candidates(int rows) {
    return with(options.withCandidates(rows));
  }

  /**
   * What each leg counts, 1 and 1 by default.
   *
   * @throws dev.tenon.core.UsageException if one is neither 0 nor from 1e-6 to 1e6, or both are 0
   */
  public HybridSearch<R> weights(double vector, double text) {
    return with(options.withWeights(vector, text));
  }

  /** How the answers of the legs become one, {@link Fusion#DEFAULT} by default. */
  public HybridSearch<R> fusion(Fusion fusion) {
    return with(options.withFusion(fusion));
  }

  /** Only rows for which this holds, in both legs, and all conditions that each was given. */
  public HybridSearch<R> where(Condition condition) {
    return new HybridSearch<>(vectors.where(condition), words.where(condition), options);
  }

  /**
   * Runs the search, in one round trip; and a second one where fewer rows came than were asked for,
   * as {@link VectorSearch#fetch}.
   */
  public HybridResult<R> fetch() {
    return vectors.hybrid(words, options);
  }

  /** The plan that the server chooses for this search, as its EXPLAIN prints it; runs nothing. */
  public String explain() {
    return vectors.explainHybrid(words, options);
  }

  private HybridSearch<R> with(HybridOptions changed) {
    return new HybridSearch<>(vectors, words, changed);
  }
}
