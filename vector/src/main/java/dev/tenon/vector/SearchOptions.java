package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import java.util.OptionalInt;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/** What a search was told; checked once all of it is known, before any I/O. */
record SearchOptions(
    int top,
    Condition filter,
    OptionalInt efSearch,
    IterativeScan iterativeScan,
    OptionalInt maxScanTuples,
    boolean exact) {

  static final int MOST_CANDIDATES = 1000;
  static final SearchOptions DEFAULT =
      new SearchOptions(
          10,
          DSL.noCondition(),
          OptionalInt.empty(),
          IterativeScan.STRICT,
          OptionalInt.empty(),
          false);

  private static final int FEWEST_CANDIDATES = 40;

  SearchOptions withTop(int rows) {
    if (rows < 1) {
      throw new UsageException(
          Problem.what("top(" + rows + ") was asked for")
              .where("VectorSearch.top")
              .why("a search returns at least one row")
              .fix("pass 1 or more"));
    }
    return new SearchOptions(rows, filter, efSearch, iterativeScan, maxScanTuples, exact);
  }

  SearchOptions withFilter(Condition condition) {
    return new SearchOptions(
        top, filter.and(condition), efSearch, iterativeScan, maxScanTuples, exact);
  }

  SearchOptions withEfSearch(int candidates) {
    if (candidates < 1 || candidates > MOST_CANDIDATES) {
      throw new UsageException(
          Problem.what("efSearch(" + candidates + ") was asked for")
              .where("VectorSearch.efSearch")
              .why("hnsw.ef_search goes from 1 to " + MOST_CANDIDATES)
              .fix("pass a value in that range, or leave it to the default"));
    }
    return new SearchOptions(
        top, filter, OptionalInt.of(candidates), iterativeScan, maxScanTuples, exact);
  }

  SearchOptions withIterativeScan(IterativeScan scan) {
    return new SearchOptions(top, filter, efSearch, scan, maxScanTuples, exact);
  }

  SearchOptions withMaxScanTuples(int tuples) {
    if (tuples < 1) {
      throw new UsageException(
          Problem.what("maxScanTuples(" + tuples + ") was asked for")
              .where("VectorSearch.maxScanTuples")
              .why("hnsw.max_scan_tuples counts the tuples that an iterative scan may visit")
              .fix("pass 1 or more, or leave it to the server, whose default is 20000"));
    }
    return new SearchOptions(top, filter, efSearch, iterativeScan, OptionalInt.of(tuples), exact);
  }

  SearchOptions withExact() {
    return new SearchOptions(top, filter, efSearch, iterativeScan, maxScanTuples, true);
  }

  /** Refuses what could only return fewer rows than asked for. */
  void check(String where) {
    if (exact) {
      return;
    }
    if (top > MOST_CANDIDATES) {
      throw new UsageException(
          Problem.what("top(" + top + ") was asked of an index scan")
              .where(where)
              .why("an HNSW scan holds at most " + MOST_CANDIDATES + " candidates at a time")
              .fix("add exact(), or ask for " + MOST_CANDIDATES + " rows or fewer"));
    }
    if (iterativeScan == IterativeScan.OFF && candidates() < top) {
      throw new UsageException(
          Problem.what(
                  "efSearch(" + candidates() + ") and top(" + top + ") with iterativeScan(OFF)")
              .where(where)
              .why("a scan that does not go on returns at most ef_search rows")
              .fix("raise efSearch to " + top + ", or let the scan go on"));
    }
  }

  /** The session with the settings of the index scan, which travel with its statement. */
  Session tune(Session session) {
    if (exact) {
      return session;
    }
    Session tuned =
        session
            .withSetting("hnsw.ef_search", Integer.toString(candidates()))
            .withSetting("hnsw.iterative_scan", iterativeScan.setting());
    return maxScanTuples.isEmpty()
        ? tuned
        : tuned.withSetting("hnsw.max_scan_tuples", Integer.toString(maxScanTuples.getAsInt()));
  }

  private int candidates() {
    return efSearch.orElse(Math.max(FEWEST_CANDIDATES, Math.min(top, MOST_CANDIDATES)));
  }
}
