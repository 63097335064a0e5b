package dev.tenon.vector;

import org.jspecify.annotations.Nullable;

/**
 * A record of a load, checked.
 *
 * @param position among those that were given
 * @param vector what the space made of its embedding
 * @param beside what another space made of the embedding that another model made of it, where the
 *     load writes both
 */
record BulkRow<T>(long position, T record, Object vector, @Nullable Object beside) {}
