package dev.tenon.vector;

import java.util.List;

/**
 * What a search found, and whether that is all it should have found.
 *
 * <p>A search by index is approximate in two ways, and only one of them can be seen. That a nearer
 * row was passed over cannot be known without comparing every row: this is recall, a matter of
 * {@link VectorSearch#efSearch} and of measuring. That fewer rows came than were asked for although
 * more match the filter can be known, and is: when the index scan comes out short, a second
 * statement asks, without the vector index, for a matching row that is not among the hits.
 *
 * @param hits the rows, nearest first, rows at the same distance in the order of their ids
 * @param truncated whether fewer rows came than were asked for although, right after the search, a
 *     row matched that is not among them; {@link VectorSearch#exact()} finds it
 * @param plan how the server was asked
 * @param <R> the record type
 */
public record SearchResult<R>(List<Hit<R>> hits, boolean truncated, SearchPlan plan) {

  public SearchResult {
    hits = List.copyOf(hits);
  }

  /** The rows alone, nearest first. */
  public List<R> records() {
    return hits.stream().map(Hit::record).toList();
  }
}
