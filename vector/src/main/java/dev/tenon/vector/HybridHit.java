package dev.tenon.vector;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One row that a hybrid search found, and what each leg says of it; empty where the row is not
 * among the candidates of the leg.
 *
 * @param record the row
 * @param score what the fusion makes of both; greater is better
 * @param vectorRank from 1, the nearest
 * @param distance what the space's operator yields
 * @param textRank from 1, the best
 * @param textScore what the text search rates it
 * @param <R> the record type
 */
public record HybridHit<R>(
    R record,
    double score,
    OptionalInt vectorRank,
    OptionalDouble distance,
    OptionalInt textRank,
    OptionalDouble textScore) {}
