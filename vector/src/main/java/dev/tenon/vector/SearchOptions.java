package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import java.util.OptionalInt;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * What a search was told; checked once all of it is known, before any I/O.
 *
 * @param index that the repository has
 */
record SearchOptions(
    VectorIndex index,
    int top,
    Condition filter,
    OptionalInt efSearch,
    OptionalInt probes,
    IterativeScan iterativeScan,
    OptionalInt maxScanTuples,
    OptionalInt candidates,
    boolean exact) {

  static final int MOST_CANDIDATES = 1000;

  private static final int FEWEST_CANDIDATES = 40;

  /** The server's own limit of an iterative scan, and how many rows are looked at for a hit. */
  private static final int MAX_SCAN_TUPLES = 20_000;

  private static final int TUPLES_A_HIT = 20;

  /** So many candidates of a quantized index for each row. */
  private static final int OVERSAMPLED = 5;

  static SearchOptions of(VectorIndex index) {
    return new SearchOptions(
        index,
        10,
        DSL.noCondition(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        IterativeScan.STRICT,
        OptionalInt.empty(),
        OptionalInt.empty(),
        false);
  }

  SearchOptions withTop(int rows) {
    if (rows < 1) {
      throw new UsageException(
          Problem.what("top(" + rows + ") was asked for")
              .where("VectorSearch.top")
              .why("a search returns at least one row")
              .fix("pass 1 or more"));
    }
    return new SearchOptions(
        index, rows, filter, efSearch, probes, iterativeScan, maxScanTuples, candidates, exact);
  }

  SearchOptions withFilter(Condition condition) {
    return new SearchOptions(
        index,
        top,
        filter.and(condition),
        efSearch,
        probes,
        iterativeScan,
        maxScanTuples,
        candidates,
        exact);
  }

  SearchOptions withEfSearch(int held) {
    requireIndex(HnswIndex.class, "efSearch", "probes");
    if (held < 1 || held > MOST_CANDIDATES) {
      throw new UsageException(
          Problem.what("efSearch(" + held + ") was asked for")
              .where("VectorSearch.efSearch")
              .why("hnsw.ef_search goes from 1 to " + MOST_CANDIDATES)
              .fix("pass a value in that range, or leave it to the default"));
    }
    return new SearchOptions(
        index,
        top,
        filter,
        OptionalInt.of(held),
        probes,
        iterativeScan,
        maxScanTuples,
        candidates,
        exact);
  }

  SearchOptions withProbes(int lists) {
    requireIndex(IvfflatIndex.class, "probes", "efSearch");
    if (lists < 1 || lists > ((IvfflatIndex) index).lists()) {
      throw new UsageException(
          Problem.what("probes(" + lists + ") was asked for")
              .where("VectorSearch.probes")
              .why("the index has " + ((IvfflatIndex) index).lists() + " lists")
              .fix("pass 1 to that number, or leave it to the default"));
    }
    return new SearchOptions(
        index,
        top,
        filter,
        efSearch,
        OptionalInt.of(lists),
        iterativeScan,
        maxScanTuples,
        candidates,
        exact);
  }

  SearchOptions withIterativeScan(IterativeScan scan) {
    return new SearchOptions(
        index, top, filter, efSearch, probes, scan, maxScanTuples, candidates, exact);
  }

  SearchOptions withMaxScanTuples(int tuples) {
    requireIndex(HnswIndex.class, "maxScanTuples", "probes");
    if (tuples < 1) {
      throw new UsageException(
          Problem.what("maxScanTuples(" + tuples + ") was asked for")
              .where("VectorSearch.maxScanTuples")
              .why("hnsw.max_scan_tuples counts the tuples that an iterative scan may visit")
              .fix("pass 1 or more, or leave it to the server, whose default is 20000"));
    }
    return new SearchOptions(
        index,
        top,
        filter,
        efSearch,
        probes,
        iterativeScan,
        OptionalInt.of(tuples),
        candidates,
        exact);
  }

  SearchOptions withCandidates(int compared) {
    if (!(index instanceof HnswIndex hnsw) || hnsw.quantization() == Quantization.NONE) {
      throw new UsageException(
          Problem.what(
                  "candidates(" + compared + ") was asked of an index of the vectors themselves")
              .where("VectorSearch.candidates")
              .why("only what a quantized index finds is compared again")
              .fix("leave it out, or name the index: indexedBy(HnswIndex.DEFAULT.quantized(…))"));
    }
    if (compared < 1) {
      throw new UsageException(
          Problem.what("candidates(" + compared + ") was asked for")
              .where("VectorSearch.candidates")
              .why("they are the rows that the hits are chosen from")
              .fix("pass as many as the rows asked for, or more"));
    }
    return new SearchOptions(
        index,
        top,
        filter,
        efSearch,
        probes,
        iterativeScan,
        maxScanTuples,
        OptionalInt.of(compared),
        exact);
  }

  SearchOptions withExact() {
    return new SearchOptions(
        index, top, filter, efSearch, probes, iterativeScan, maxScanTuples, candidates, true);
  }

  private void requireIndex(Class<? extends VectorIndex> needed, String option, String instead) {
    if (!needed.isInstance(index)) {
      throw new UsageException(
          Problem.what(option + "(…) was asked of an " + index.getClass().getSimpleName())
              .where("VectorSearch." + option)
              .why("its scan has no such setting")
              .fix("use " + instead + "(…), or name the index by the repository's indexedBy(…)"));
    }
  }

  /** Refuses what could only return fewer rows than asked for. */
  void check(String where) {
    if (!exact
        && index instanceof HnswIndex
        && iterativeScan == IterativeScan.OFF
        && heldCandidates() < candidatesToCompare()) {
      throw new UsageException(
          Problem.what(
                  "efSearch(" + heldCandidates() + ") and top(" + top + ") with iterativeScan(OFF)")
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
    return index instanceof IvfflatIndex lists ? tuneLists(session, lists) : tuneGraph(session);
  }

  private Session tuneGraph(Session session) {
    Session tuned =
        session
            .withSetting("hnsw.ef_search", Integer.toString(heldCandidates()))
            .withSetting("hnsw.iterative_scan", iterativeScan.setting());
    int tuples =
        maxScanTuples.orElse(
            (int) Math.min(Integer.MAX_VALUE, (long) candidatesToCompare() * TUPLES_A_HIT));
    return maxScanTuples.isPresent() || tuples > MAX_SCAN_TUPLES
        ? tuned.withSetting("hnsw.max_scan_tuples", Integer.toString(tuples))
        : tuned;
  }

  /** Lists are scanned in the order of their centres, so a scan that goes on is relaxed. */
  private Session tuneLists(Session session, IvfflatIndex lists) {
    return session
        .withSetting("ivfflat.probes", Integer.toString(probes.orElse(lists.probes())))
        .withSetting(
            "ivfflat.iterative_scan",
            iterativeScan == IterativeScan.OFF
                ? IterativeScan.OFF.setting()
                : IterativeScan.RELAXED.setting());
  }

  private int heldCandidates() {
    return efSearch.orElse(
        Math.max(FEWEST_CANDIDATES, Math.min(candidatesToCompare(), MOST_CANDIDATES)));
  }

  /** How many rows of a quantized index are compared by their vectors; otherwise the rows. */
  int candidatesToCompare() {
    return index instanceof HnswIndex hnsw && hnsw.quantization() != Quantization.NONE
        ? Math.max(
            top, candidates.orElse((int) Math.min(Integer.MAX_VALUE, (long) top * OVERSAMPLED)))
        : top;
  }
}
