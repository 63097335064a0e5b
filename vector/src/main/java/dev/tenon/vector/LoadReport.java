package dev.tenon.vector;

/**
 * What a bulk load did.
 *
 * @param read the records taken from the caller
 * @param written the rows inserted or replaced; fewer than were read where ids repeat, because the
 *     last record of an id wins
 */
public record LoadReport(long read, long written) {}
