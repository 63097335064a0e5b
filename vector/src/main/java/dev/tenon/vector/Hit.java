package dev.tenon.vector;

/**
 * One row that a search found.
 *
 * @param record the row
 * @param distance what the space's operator yields; smaller is nearer, for cosine 0 to 2
 * @param score what {@link VectorSpace#score} makes of it; greater is nearer, for cosine 1 to -1.
 *     What they are in another space is said where that is made
 * @param <R> the record type
 */
public record Hit<R>(R record, double distance, double score) {}
