package dev.tenon.timeseries;

/**
 * How a feature of a hypertable is had in a database.
 *
 * @param feature what
 * @param level who does it, if anybody
 * @param reason why it is so
 */
public record Support(Feature feature, Level level, String reason) {

  /** Who does it. */
  public enum Level {
    /** The server. */
    NATIVE,
    /** Tenon, with the same answers. */
    EMULATED,
    /** Nobody. */
    REFUSED
  }

  /** What a hypertable may have. */
  public enum Feature {
    /** Parts by time, made when rows come. */
    CHUNKS,
    /** Old chunks kept by columns. */
    COLUMNSTORE,
    /** Rollups that equal the rows. */
    ROLLUPS,
    /** Old chunks dropped once the rollups have what is in them. */
    RETENTION,
    /** Gaps in buckets filled. */
    GAP_FILLING,
    /** An UPDATE that moves a row to another chunk. */
    MOVES_BETWEEN_CHUNKS
  }
}
