package dev.tenon.timeseries;

import dev.tenon.core.Capabilities;
import dev.tenon.timeseries.Support.Feature;
import dev.tenon.timeseries.Support.Level;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server can do for a hypertable, and why not. */
record Engine(Capabilities capabilities) {

  private static final int COLUMNSTORE_SINCE = version(2, 18);
  private static final int OPENS_CHUNKS_SINCE = version(2, 23);
  private static final int OPENS_CHUNKS_UNTIL = version(2, 29);
  private static final Pattern VERSION = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4}).*");

  private static int version(int major, int minor) {
    return major * 10_000 + minor;
  }

  boolean isTimescale() {
    return capabilities.has("timescaledb");
  }

  private boolean isAtLeast(int since) {
    Matcher version =
        VERSION.matcher(capabilities.extensions().getOrDefault("timescaledb", "unknown"));
    return version.matches()
        && version(Integer.parseInt(version.group(1)), Integer.parseInt(version.group(2))) >= since;
  }

  /**
   * Whether an insert opens the chunks of others by their names, for which a role needs USAGE on
   * their schema; whoever has that reads them around the policies.
   */
  boolean opensChunksByName() {
    return isAtLeast(OPENS_CHUNKS_SINCE) && !isAtLeast(OPENS_CHUNKS_UNTIL);
  }

  /** Whether chunks can be kept by columns. */
  Support columnstore(Hypertable<?> hypertable) {
    if (!isTimescale()) {
      return refused(Feature.COLUMNSTORE, "PostgreSQL keeps tables by rows");
    }
    if (capabilities.timescaleLicense().filter("timescale"::equals).isEmpty()) {
      return refused(
          Feature.COLUMNSTORE,
          "timescaledb.license is not 'timescale': the Apache edition has no columnstore (0A000)");
    }
    if (opensChunksByName()) {
      return refused(Feature.COLUMNSTORE, chunks().reason());
    }
    if (!isAtLeast(COLUMNSTORE_SINCE)) {
      return refused(
          Feature.COLUMNSTORE, "before TimescaleDB 2.18 it had another name and other limits");
    }
    if (!hypertable.fenced() && !hypertable.shared()) {
      return refused(
          Feature.COLUMNSTORE, "columnstore cannot be used on table with row security (0A000)");
    }
    return new Support(
        Feature.COLUMNSTORE,
        Level.NATIVE,
        "TimescaleDB compresses chunks of tables without row security");
  }

  private Support chunks() {
    if (opensChunksByName()) {
      return refused(
          Feature.CHUNKS,
          "from TimescaleDB 2.23 to 2.28 an insert needs a right that shows all tenants' rows");
    }
    if (isTimescale()) {
      return new Support(Feature.CHUNKS, Level.NATIVE, "TimescaleDB's hypertables");
    }
    return capabilities.serverVersion() < PartitionDialect.SINCE
        ? refused(Feature.CHUNKS, "partitions are made by date_bin, which PostgreSQL 14 brought")
        : new Support(
            Feature.CHUNKS, Level.EMULATED, "PostgreSQL's range partitions, which an append makes");
  }

  List<Support> all(Hypertable<?> hypertable) {
    return List.of(
        chunks(),
        columnstore(hypertable),
        new Support(
            Feature.ROLLUPS,
            Level.EMULATED,
            "continuous aggregates refuse row-level security, and lose rows that commit while they"
                + " are refreshed"),
        new Support(
            Feature.RETENTION,
            Level.EMULATED,
            "the server's policies drop chunks whose changes no rollup has yet"),
        new Support(
            Feature.GAP_FILLING,
            Level.EMULATED,
            "it is done in Java, so that it is the same on every engine"),
        isTimescale()
            ? refused(
                Feature.MOVES_BETWEEN_CHUNKS, "a chunk's constraint refuses the new time (23514)")
            : new Support(Feature.MOVES_BETWEEN_CHUNKS, Level.NATIVE, "partitions hand rows over"));
  }

  private static Support refused(Feature feature, String reason) {
    return new Support(feature, Level.REFUSED, reason);
  }
}
