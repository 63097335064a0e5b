package dev.tenon.vector;

import java.util.stream.Stream;

/**
 * What a search found, read bit by bit while its work runs, and whether that is all it should have
 * found.
 *
 * @param hits the rows, nearest first, rows at the same distance in the order of their ids; to be
 *     consumed once, before the work returns
 * @param truncated whether fewer rows came than were asked for although a row matched that is not
 *     among them, known before the first hit is read and for the same snapshot; {@link
 *     VectorSearch#exact()} finds it
 * @param plan how the server was asked
 * @param <R> the record type
 */
public record StreamedResult<R>(Stream<Hit<R>> hits, boolean truncated, SearchPlan plan) {

  /** The rows alone, nearest first. */
  public Stream<R> records() {
    return hits.map(Hit::record);
  }
}
