package dev.tenon.core.search;

import java.util.Optional;

/**
 * One row that a search found.
 *
 * @param record the row
 * @param score what the rows are ordered by, the greatest first: PostgreSQL's {@code ts_rank} for
 *     words, which compares rows of one search and says nothing across searches; the similarity, 0
 *     to 1, for similar texts
 * @param headline the passage of the column that {@link TextQuery#headline} named, if it did
 * @param <R> the record type
 */
public record TextHit<R>(R record, float score, Optional<Headline> headline) {}
