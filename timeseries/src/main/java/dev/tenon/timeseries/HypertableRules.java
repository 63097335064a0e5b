package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.Optional;

/** Which settings of a hypertable go together. */
final class HypertableRules {

  private static final Duration LONGEST = Duration.ofDays(9_000L * 365);

  private final Hypertable<?> hypertable;

  private HypertableRules(Hypertable<?> hypertable) {
    this.hypertable = hypertable;
  }

  /**
   * @throws UsageException naming both settings, if two cannot be had at once
   */
  static void require(Hypertable<?> hypertable) {
    HypertableRules rules = new HypertableRules(hypertable);
    if (hypertable.shared()) {
      rules.requireOwners();
    }
    hypertable.retention().ifPresent(rules::requireRetention);
    hypertable.rollups().forEach(rules::requireRetention);
    hypertable.columnstoreAfter().ifPresent(rules::requireColumnstore);
  }

  private void requireOwners() {
    if (hypertable.fenced()) {
      throw misuse(
          "both shared() and fenced() are asked for",
          "a fence stands between tenants, and shared rows have none",
          "call one of them");
    }
    if (!hypertable.rollups().isEmpty()) {
      throw misuse(
          "shared() is asked for, and rollups(" + hypertable.rollups().get(0).name() + ")",
          "rollups are refreshed tenant by tenant",
          "leave one out; all rows may be given to one tenant");
    }
  }

  private void requireRetention(Duration keep) {
    requireSane("retention", keep);
    Duration chunk = hypertable.chunkInterval();
    if (keep.compareTo(chunk) < 0) {
      throw misuse(
          "retention(" + keep + ") is shorter than chunkInterval(" + chunk + ")",
          "rows are dropped by whole chunks, so they would be kept longer than is said",
          "keep them as long as a chunk at least, or make the chunks shorter");
    }
    for (Rollup rollup : hypertable.rollups()) {
      if (rollup.source() == null && keep.compareTo(Buckets.longest(rollup.bucket())) < 0) {
        throw misuse(
            "retention(" + keep + ") is shorter than a bucket of rollups(" + rollup.name() + ")",
            "a bucket whose rows are dropped cannot be made anew for the others that come",
            "keep rows as long as a bucket at least, or make that rollup from a finer one");
      }
    }
  }

  private void requireRetention(Rollup rollup) {
    if (rollup.retention().isEmpty()) {
      return;
    }
    Duration keep = rollup.retention().get();
    requireSane("retention of " + rollup, keep);
    Optional<Duration> rows = hypertable.retention();
    if (rows.isEmpty() || keep.compareTo(rows.get()) < 0) {
      throw misuse(
          "the rollup "
              + rollup.name()
              + " has retention("
              + keep
              + "), and its rows "
              + rows.map(longer -> "retention(" + longer + "), which is longer")
                  .orElse("none, so they are kept for ever"),
          "a bucket that is removed would be made anew from its rows",
          "keep the rollup as long as the rows, or longer");
    }
  }

  private void requireSane(String setting, Duration length) {
    if (length.compareTo(LONGEST) > 0) {
      throw misuse(
          setting + "(" + length + ") is longer than 9,000 years",
          "times of rows lie in the years 1000 to 9999",
          "pass a length that rows live to see, or leave it out");
    }
  }

  private void requireColumnstore(Duration after) {
    requireSane("columnstore", after);
    if (after.isNegative()) {
      throw misuse(
          "columnstore(" + after + ") is negative",
          "it says how old a chunk becomes first",
          "pass a duration such as Duration.ofDays(7)");
    }
    if (!hypertable.fenced() && !hypertable.shared()) {
      throw misuse(
          "columnstore(" + after + ") is asked for, and fenced() is not",
          "TimescaleDB refuses the one where the other is, in either order: \"columnstore cannot be"
              + " used on table with row security\" (0A000)",
          "call fenced(), and declare the table by TenantTable.fence(…); or leave the columnstore"
              + " out");
    }
  }

  private UsageException misuse(String what, String why, String fix) {
    return new UsageException(
        Problem.what(what)
            .where("definition of the hypertable " + Problem.excerpt(hypertable.name()))
            .why(why)
            .fix(fix));
  }
}
