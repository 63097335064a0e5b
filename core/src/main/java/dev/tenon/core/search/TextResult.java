package dev.tenon.core.search;

import java.util.List;

/**
 * What a search found, and how much of it that is.
 *
 * @param hits the rows, the best first, those of the same score in the order of their ids
 * @param matches how many rows match; where the result is truncated, at least that many
 * @param truncated whether more rows match than {@link TextQuery#ranked} allows to be rated, so
 *     that a better one may be missing
 * @param emptyQuery whether nothing was asked for: the words are blank, or all of them are stop
 *     words, by which no text is indexed, of every language that was declared
 * @param <R> the record type
 */
public record TextResult<R>(
    List<TextHit<R>> hits, long matches, boolean truncated, boolean emptyQuery) {

  public TextResult {
    hits = List.copyOf(hits);
  }

  /** The rows alone, the best first. */
  public List<R> records() {
    return hits.stream().map(TextHit::record).toList();
  }
}
