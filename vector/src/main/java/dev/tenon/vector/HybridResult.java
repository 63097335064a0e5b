package dev.tenon.vector;

import java.util.List;

/**
 * What a hybrid search found, and whether that is all it should have found.
 *
 * @param hits the rows, the best first, rows of the same score in the order of their ids
 * @param truncated whether more rows matched the words than the text search rates, or fewer rows
 *     came than were asked for although, right after the search, one matched that is not among them
 * @param <R> the record type
 */
public record HybridResult<R>(List<HybridHit<R>> hits, boolean truncated) {

  public HybridResult {
    hits = List.copyOf(hits);
  }

  /** The rows alone, the best first. */
  public List<R> records() {
    return hits.stream().map(HybridHit::record).toList();
  }
}
