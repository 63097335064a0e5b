package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How the index is to be scanned; numbers are checked as they are given.
 *
 * @param index that the repository has
 */
record ScanOptions(
    VectorIndex index,
    OptionalInt efSearch,
    OptionalInt probes,
    IterativeScan iterativeScan,
    OptionalInt maxScanTuples,
    OptionalDouble memoryMultiplier,
    OptionalInt candidates) {

  private static final int MOST_CANDIDATES = 1000;
  private static final int FEWEST_CANDIDATES = 40;
  private static final int GREATEST_MULTIPLIER = 1000;

  /** The server's own limit of an iterative scan, and how many rows are looked at for a hit. */
  private static final int MAX_SCAN_TUPLES = 20_000;

  private static final int TUPLES_A_HIT = 20;

  /** So many candidates of a quantized index for each row. */
  private static final int OVERSAMPLED = 5;

  static ScanOptions of(VectorIndex index) {
    return new ScanOptions(
        index,
        OptionalInt.empty(),
        OptionalInt.empty(),
        IterativeScan.RELAXED,
        OptionalInt.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty());
  }

  ScanOptions withEfSearch(int held) {
    requireIndex(HnswIndex.class, "efSearch", "probes");
    if (held < 1 || held > MOST_CANDIDATES) {
      throw new UsageException(
          Problem.what("efSearch(" + held + ") was asked for")
              .where("VectorSearch.efSearch")
              .why("hnsw.ef_search goes from 1 to " + MOST_CANDIDATES)
              .fix("pass a value in that range, or leave it to the default"));
    }
    return new ScanOptions(
        index,
        OptionalInt.of(held),
        probes,
        iterativeScan,
        maxScanTuples,
        memoryMultiplier,
        candidates);
  }

  ScanOptions withProbes(int lists) {
    requireIndex(IvfflatIndex.class, "probes", "efSearch");
    if (lists < 1 || lists > ((IvfflatIndex) index).lists()) {
      throw new UsageException(
          Problem.what("probes(" + lists + ") was asked for")
              .where("VectorSearch.probes")
              .why("the index has " + ((IvfflatIndex) index).lists() + " lists")
              .fix("pass 1 to that number, or leave it to the default"));
    }
    return new ScanOptions(
        index,
        efSearch,
        OptionalInt.of(lists),
        iterativeScan,
        maxScanTuples,
        memoryMultiplier,
        candidates);
  }

  ScanOptions withIterativeScan(IterativeScan scan) {
    return new ScanOptions(
        index, efSearch, probes, scan, maxScanTuples, memoryMultiplier, candidates);
  }

  ScanOptions withMaxScanTuples(int tuples) {
    requireIndex(HnswIndex.class, "maxScanTuples", "probes");
    if (tuples < 1) {
      throw new UsageException(
          Problem.what("maxScanTuples(" + tuples + ") was asked for")
              .where("VectorSearch.maxScanTuples")
              .why("hnsw.max_scan_tuples counts the tuples that an iterative scan may visit")
              .fix("pass 1 or more, or leave it to the server, whose default is 20000"));
    }
    return new ScanOptions(
        index,
        efSearch,
        probes,
        iterativeScan,
        OptionalInt.of(tuples),
        memoryMultiplier,
        candidates);
  }

  ScanOptions withMemoryMultiplier(double multiplier) {
    requireIndex(HnswIndex.class, "scanMemoryMultiplier", "memory");
    if (!(multiplier >= 1 && multiplier <= GREATEST_MULTIPLIER)) {
      throw new UsageException(
          Problem.what("scanMemoryMultiplier(" + multiplier + ") was asked for")
              .where("VectorSearch.scanMemoryMultiplier")
              .why("hnsw.scan_mem_multiplier goes from 1 to " + GREATEST_MULTIPLIER)
              .fix("pass a value in that range, or leave it to the server, whose default is 1"));
    }
    return new ScanOptions(
        index,
        efSearch,
        probes,
        iterativeScan,
        maxScanTuples,
        OptionalDouble.of(multiplier),
        candidates);
  }

  ScanOptions withCandidates(int compared) {
    if (!isQuantized()) {
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
    return new ScanOptions(
        index,
        efSearch,
        probes,
        iterativeScan,
        maxScanTuples,
        memoryMultiplier,
        OptionalInt.of(compared));
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
  void check(int top, String where) {
    if (index instanceof HnswIndex
        && iterativeScan == IterativeScan.OFF
        && heldCandidates(top) < candidatesToCompare(top)) {
      throw new UsageException(
          Problem.what(
                  "efSearch("
                      + heldCandidates(top)
                      + ") and top("
                      + top
                      + ") with iterativeScan(OFF)")
              .where(where)
              .why("a scan that does not go on returns at most ef_search rows")
              .fix("raise efSearch to " + top + ", or let the scan go on"));
    }
  }

  /** The server's settings of a scan for so many rows, by their names. */
  Map<String, String> settings(int top) {
    return index instanceof IvfflatIndex lists ? ofLists(lists) : ofGraph(top);
  }

  private Map<String, String> ofGraph(int top) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("hnsw.ef_search", Integer.toString(heldCandidates(top)));
    settings.put("hnsw.iterative_scan", iterativeScan.setting());
    int tuples =
        maxScanTuples.orElse(
            (int) Math.min(Integer.MAX_VALUE, (long) candidatesToCompare(top) * TUPLES_A_HIT));
    if (maxScanTuples.isPresent() || tuples > MAX_SCAN_TUPLES) {
      settings.put("hnsw.max_scan_tuples", Integer.toString(tuples));
    }
    memoryMultiplier.ifPresent(
        multiplier -> settings.put("hnsw.scan_mem_multiplier", Double.toString(multiplier)));
    return settings;
  }

  /** Lists are scanned in the order of their centres, so a scan that goes on is relaxed. */
  private Map<String, String> ofLists(IvfflatIndex lists) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("ivfflat.probes", Integer.toString(probes.orElse(lists.probes())));
    settings.put(
        "ivfflat.iterative_scan",
        iterativeScan == IterativeScan.OFF
            ? IterativeScan.OFF.setting()
            : IterativeScan.RELAXED.setting());
    return settings;
  }

  private int heldCandidates(int top) {
    return efSearch.orElse(
        Math.max(FEWEST_CANDIDATES, Math.min(candidatesToCompare(top), MOST_CANDIDATES)));
  }

  boolean isQuantized() {
    return index instanceof HnswIndex hnsw && hnsw.quantization() != Quantization.NONE;
  }

  /** How many rows of a quantized index are compared by their vectors; otherwise the rows. */
  int candidatesToCompare(int top) {
    return isQuantized()
        ? Math.max(
            top, candidates.orElse((int) Math.min(Integer.MAX_VALUE, (long) top * OVERSAMPLED)))
        : top;
  }
}
