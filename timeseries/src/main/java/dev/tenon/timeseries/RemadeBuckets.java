package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What became of buckets of a rollup that were made anew.
 *
 * @param stored how many rows of the rollup were written
 * @param removed how many were removed
 * @param unmade buckets that could not be made
 * @param reason why not, of one of them
 */
record RemadeBuckets(
    long stored, long removed, List<TimeRange> unmade, @Nullable InvalidDataException reason) {

  static final RemadeBuckets NOTHING = new RemadeBuckets(0, 0, List.of(), null);

  RemadeBuckets plus(RemadeBuckets more) {
    return new RemadeBuckets(
        stored + more.stored,
        removed + more.removed,
        Stream.concat(unmade.stream(), more.unmade.stream()).toList(),
        reason == null ? more.reason : reason);
  }
}
