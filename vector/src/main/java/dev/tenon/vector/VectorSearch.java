package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.TextLeg;
import dev.tenon.core.search.TextQuery;
import java.util.List;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/**
 * A search for the rows nearest to a vector: described step by step, run by {@link #fetch}.
 *
 * <p>Each step returns a new search, so that one can be kept and refined. Safe for use by many
 * threads where its session is.
 *
 * @param <R> the record type of the hits
 */
public final class VectorSearch<R> {

  private final SearchRun<R> run;
  private final @Nullable MarginalRelevance diversity;

  VectorSearch(SearchRun<R> run, @Nullable MarginalRelevance diversity) {
    this.run = run;
    this.diversity = diversity;
  }

  /**
   * How many rows to return, 10 by default.
   *
   * <p>The scan of an index goes on where that is more than it holds at a time. Of a large part of
   * the table {@link #exact} finds more, and often faster.
   *
   * @throws UsageException if less than 1
   */
  public VectorSearch<R> top(int rows) {
    return with(options().withTop(rows));
  }

  /**
   * Only rows for which this holds, and all conditions given before. Its values are bound.
   *
   * <p>They decide whether the search goes by the index: where few rows match, to compare all of
   * them is faster and finds all of the nearest. The server is asked what both would cost, and how
   * many rows match where it expects few, which is known for a minute for the same condition and
   * values; {@link #exact} and {@link #approximate} leave it out.
   */
  public VectorSearch<R> where(Condition condition) {
    return with(options().withFilter(condition));
  }

  /**
   * How many candidates the index scan holds, {@code hnsw.ef_search}: more is better recall and
   * slower. By default 40, or as many as the rows asked for if that is more.
   *
   * @throws UsageException if out of 1 to 1000, or if the index is an {@link IvfflatIndex}
   */
  public VectorSearch<R> efSearch(int candidates) {
    return scanned(options().scan().withEfSearch(candidates));
  }

  /**
   * How many lists of an {@link IvfflatIndex} are read, {@code ivfflat.probes}: more is better
   * recall and slower. By default {@link IvfflatIndex#probes}.
   *
   * @throws UsageException if out of 1 to the number of lists, or if the index is another
   */
  public VectorSearch<R> probes(int lists) {
    return scanned(options().scan().withProbes(lists));
  }

  /**
   * Whether the index scan goes on while too few of its candidates match, {@code
   * hnsw.iterative_scan}. {@link IterativeScan#RELAXED} by default; so is that of lists, {@code
   * ivfflat.iterative_scan}, also where {@link IterativeScan#STRICT} was asked for.
   */
  public VectorSearch<R> iterativeScan(IterativeScan scan) {
    return scanned(options().scan().withIterativeScan(scan));
  }

  /**
   * Where an iterative scan stops, {@code hnsw.max_scan_tuples}; the server's own default is 20000,
   * and for more than 1000 rows the default is 20 for each.
   *
   * @throws UsageException if less than 1, or if the index is an {@link IvfflatIndex}
   */
  public VectorSearch<R> maxScanTuples(int tuples) {
    return scanned(options().scan().withMaxScanTuples(tuples));
  }

  /**
   * How many rows that a {@linkplain HnswIndex#quantized quantized} index finds are compared by
   * their vectors: more is better recall and slower. By default five for each row asked for.
   *
   * @throws UsageException if less than 1, or if the index is not quantized
   */
  public VectorSearch<R> candidates(int compared) {
    return scanned(options().scan().withCandidates(compared));
  }

  /**
   * Chooses rows that are near to the vector and not near to each other, by maximal marginal
   * relevance, from so many of the nearest; {@link #fetch} returns them in the order of choice.
   *
   * <p>The hits are read into a record with its embedding, of numbers.
   *
   * @param relevance 1 is the order of distance, 0 only wants rows unlike those chosen before
   * @param candidates how many of the nearest rows to choose from, {@link #top} or more
   * @throws UsageException if the relevance is not from 0 to 1, or the hits come without embedding
   */
  public VectorSearch<R> diverse(double relevance, int candidates) {
    return new VectorSearch<>(run, new MarginalRelevance(relevance, candidates));
  }

  /**
   * How much memory each sort, and the scan of an {@link HnswIndex}, may use, {@code work_mem}; by
   * default the session's. A scan that goes on ends where it has used it up.
   *
   * @param size in PostgreSQL's syntax with its unit, e.g. {@code 64MB}
   * @throws UsageException if it is not a number and a unit
   */
  public VectorSearch<R> memory(String size) {
    return with(options().withMemory(size));
  }

  /**
   * How many times {@code work_mem} the scan of the index may use, {@code
   * hnsw.scan_mem_multiplier}; the server's own default is 1.
   *
   * @throws UsageException if out of 1 to 1000, or if the index is an {@link IvfflatIndex}
   */
  public VectorSearch<R> scanMemoryMultiplier(double multiplier) {
    return scanned(options().scan().withMemoryMultiplier(multiplier));
  }

  /**
   * Has the result tell what plan the server chose, {@link SearchPlan#explain}, in the same round
   * trip: an EXPLAIN of the statement travels with it, which costs its planning. Both are planned
   * for their values, {@code plan_cache_mode = force_custom_plan}.
   */
  public VectorSearch<R> withPlan() {
    return with(options().withPlan());
  }

  /**
   * Compares the vector with every row that matches, without the vector index: always complete, in
   * time proportional to the matching rows. The options of the index scan have no effect then.
   */
  public VectorSearch<R> exact() {
    return with(options().withWay(SearchWay.EXACT));
  }

  /**
   * Goes by the vector index, whatever part of the rows the conditions leave. By default that is so
   * only where it is worth its while; without a condition, or beside a search by words, the
   * server's plan for the statement decides.
   */
  public VectorSearch<R> approximate() {
    return with(options().withWay(SearchWay.BY_INDEX));
  }

  /**
   * Reads the hits into another record, whose components are columns of the repository.
   *
   * <p>A record without an embedding spares the transfer of the embeddings, most of the bytes of a
   * hit.
   *
   * @throws UsageException if a component has no column of its type in the repository's record
   */
  public <V> VectorSearch<V> into(Class<V> type) {
    Class<V> given = Required.require(type, "type", run.statements().place());
    return new VectorSearch<>(run.into(given), diversity);
  }

  /**
   * Runs the search, in one round trip, also as the first statement of a transaction.
   *
   * <p>The statement travels together with the tenant and the settings of the scan, which end with
   * it. Where it returns fewer rows than were asked for, a second statement asks whether more
   * match; then the result is {@linkplain SearchResult#truncated() truncated}.
   *
   * @throws UsageException if more rows are asked for than {@code efSearch} of a scan that does not
   *     go on
   * @throws dev.tenon.core.ServerException if the extension is missing or older than 0.8.0
   */
  public SearchResult<R> fetch() {
    return diversity == null ? run.fetch() : run.diverse(diversity);
  }

  /**
   * Runs the search and hands its hits to a callback as they arrive, in bounded memory: 1,000 are
   * held at a time, however many were asked for. For exports and the like; the server sorts all of
   * them before the first comes.
   *
   * <p>It runs in the session's transaction, or in one of its own, with the same checks as {@link
   * #fetch}; that rows are missing is looked for in the same statement. The stream is closed when
   * the callback returns. It cannot feed a COPY of the same transaction, whose connection is busy.
   *
   * @throws X what the callback throws
   * @throws UsageException if the search is {@linkplain #diverse diverse}
   */
  public <V, X extends Exception> V stream(StreamWork<R, V, X> work) throws X {
    requireAsFound("streamed");
    return run.stream(Required.require(work, "work", run.statements().place()));
  }

  /**
   * What to do with the hits, while they are read.
   *
   * @param <R> the record type of the hits
   * @param <V> the result
   * @param <X> what the work throws; it reaches the caller unwrapped
   */
  @FunctionalInterface
  public interface StreamWork<R, V, X extends Exception> {
    V run(StreamedResult<R> found) throws X;
  }

  /** Refuses a search that would find other rows than the one that was begun. */
  void requireMadeFrom(VectorSearch<?> begun, String where) {
    if (run.statements() != begun.run.statements() || run.session() != begun.run.session()) {
      throw new UsageException(
          Problem.what("the search was not made from the one that was given")
              .where(where)
              .why("it is of another repository or session, and would find the rows of that")
              .fix("refine what the function is given, e.g. search -> search.top(5)"));
    }
  }

  /** The same search for each of these vectors, in one round trip and one more for each short. */
  List<SearchResult<R>> fetchEach(List<Object> vectors) {
    requireAsFound("one of many");
    return run.fetchEach(vectors);
  }

  /**
   * Fuses this search with one by words over the same table, in one round trip; no I/O yet.
   *
   * <p>Both keep their own conditions. The settings of the index scan, how many rows are returned
   * and their type are those of this search.
   *
   * @param words of the same tenant
   * @throws UsageException if it is over another table, of another tenant, or this search is
   *     {@linkplain #diverse diverse} or {@linkplain #withPlan with its plan}
   */
  public HybridSearch<R> fusedWith(TextQuery<?> words) {
    TextLeg leg =
        Required.require(words, "search by words", run.statements().place()).unwrap(TextLeg.class);
    run.statements().requireSameRows(leg, run.tenant());
    requireAsFound("fused with a search by words");
    if (options().explained()) {
      throw new UsageException(
          Problem.what("withPlan() was asked of a search that is fused with a search by words")
              .where(run.statements().place())
              .why("the result of both tells no plan of one")
              .fix("ask explain() of the hybrid search"));
    }
    return new HybridSearch<>(this, leg, HybridOptions.of(options().top()));
  }

  HybridResult<R> hybrid(TextLeg words, HybridOptions fused) {
    return run.hybrid(words, fused);
  }

  String explainHybrid(TextLeg words, HybridOptions fused) {
    return run.explainHybrid(words, fused);
  }

  /** Rows that were chosen one after the other are no candidates. */
  private void requireAsFound(String how) {
    if (diversity != null) {
      throw new UsageException(
          Problem.what("diverse(…) was asked of a search that is " + how)
              .where(run.statements().place())
              .why("it chooses rows one after the other, of what one search found")
              .fix("leave it out"));
    }
  }

  /** The plan that the server chooses for this search, as its EXPLAIN prints it; runs nothing. */
  public String explain() {
    return run.explain();
  }

  private SearchOptions options() {
    return run.options();
  }

  private VectorSearch<R> scanned(ScanOptions changed) {
    return with(options().withScan(changed));
  }

  private VectorSearch<R> with(SearchOptions changed) {
    return new VectorSearch<>(run.with(changed), diversity);
  }
}
