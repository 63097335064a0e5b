package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.TextLeg;
import dev.tenon.core.search.TextQuery;
import dev.tenon.vector.SearchStatement.Found;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.StringJoiner;
import org.jooq.Condition;
import org.jooq.QueryPart;
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

  private final SearchStatements statements;
  private final SearchStatement<R> statement;
  private final Session session;
  private final TenantId tenant;
  private final Object vector;
  private final SearchOptions options;
  private final @Nullable MarginalRelevance diversity;

  VectorSearch(
      SearchStatements statements,
      SearchStatement<R> statement,
      Session session,
      TenantId tenant,
      Object vector,
      SearchOptions options,
      @Nullable MarginalRelevance diversity) {
    this.statements = statements;
    this.statement = statement;
    this.session = session;
    this.tenant = tenant;
    this.vector = vector;
    this.options = options;
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
    return with(options.withTop(rows));
  }

  /** Only rows for which this holds, and all conditions given before. Its values are bound. */
  public VectorSearch<R> where(Condition condition) {
    return with(options.withFilter(condition));
  }

  /**
   * How many candidates the index scan holds, {@code hnsw.ef_search}: more is better recall and
   * slower. By default 40, or as many as the rows asked for if that is more.
   *
   * @throws UsageException if out of 1 to 1000, or if the index is an {@link IvfflatIndex}
   */
  public VectorSearch<R> efSearch(int candidates) {
    return with(options.withEfSearch(candidates));
  }

  /**
   * How many lists of an {@link IvfflatIndex} are read, {@code ivfflat.probes}: more is better
   * recall and slower. By default {@link IvfflatIndex#probes}.
   *
   * @throws UsageException if out of 1 to the number of lists, or if the index is another
   */
  public VectorSearch<R> probes(int lists) {
    return with(options.withProbes(lists));
  }

  /**
   * Whether the index scan goes on while too few of its candidates match, {@code
   * hnsw.iterative_scan}. {@link IterativeScan#STRICT} by default; that of lists, {@code
   * ivfflat.iterative_scan}, is {@link IterativeScan#RELAXED} then.
   */
  public VectorSearch<R> iterativeScan(IterativeScan scan) {
    return with(options.withIterativeScan(scan));
  }

  /**
   * Where an iterative scan stops, {@code hnsw.max_scan_tuples}; the server's own default is 20000,
   * and for more than 1000 rows the default is 20 for each.
   *
   * @throws UsageException if less than 1, or if the index is an {@link IvfflatIndex}
   */
  public VectorSearch<R> maxScanTuples(int tuples) {
    return with(options.withMaxScanTuples(tuples));
  }

  /**
   * How many rows that a {@linkplain HnswIndex#quantized quantized} index finds are compared by
   * their vectors: more is better recall and slower. By default five for each row asked for.
   *
   * @throws UsageException if less than 1, or if the index is not quantized
   */
  public VectorSearch<R> candidates(int compared) {
    return with(options.withCandidates(compared));
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
    return new VectorSearch<>(
        statements,
        statement,
        session,
        tenant,
        vector,
        options,
        new MarginalRelevance(relevance, candidates));
  }

  /**
   * Compares the vector with every row that matches, without the vector index: always complete, in
   * time proportional to the matching rows. The options of the index scan have no effect then.
   */
  public VectorSearch<R> exact() {
    return with(options.withExact());
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
    return new VectorSearch<>(
        statements, statements.into(type), session, tenant, vector, options, diversity);
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
    if (diversity != null) {
      return diverse(diversity);
    }
    return result(run("", statement::read));
  }

  private SearchResult<R> result(Found<R> found) {
    return new SearchResult<>(found.hits(), isShort(found.hits()) && passedOver(found.ids()));
  }

  /** The same search for each of these vectors, in one round trip and one more for each short. */
  List<SearchResult<R>> fetchEach(List<Object> vectors) {
    String where = statements.place();
    requireAsFound("one of many");
    options.check(where);
    SearchFilter.check(options.filter());
    String text = statement.textOfEach(options);
    String[] texts = vectors.stream().map(EmbeddingBytes::text).toArray(String[]::new);
    List<Found<R>> each =
        ExtensionFaults.run(
            options.tune(session),
            where,
            connection -> {
              Array given = connection.createArrayOf("text", texts);
              try (PreparedStatement prepared = connection.prepareStatement(text)) {
                statement.bindEach(prepared, options, tenant, given);
                try (ResultSet rows = prepared.executeQuery()) {
                  return statement.readEach(rows, texts.length);
                }
              } finally {
                given.free();
              }
            });
    return each.stream().map(this::result).toList();
  }

  private SearchResult<R> diverse(MarginalRelevance diverse) {
    statement.requireNumbers(statements.place());
    int candidates = Math.max(options.top(), diverse.candidates());
    SearchResult<R> nearest =
        new VectorSearch<>(
                statements, statement, session, tenant, vector, options.withTop(candidates), null)
            .fetch();
    List<float[]> vectors = nearest.records().stream().map(statement::numbers).toList();
    return new SearchResult<>(
        diverse.choose(nearest.hits(), vectors, statements.space(), options.top()),
        nearest.truncated() && nearest.hits().size() < options.top());
  }

  /**
   * Fuses this search with one by words over the same table, in one round trip; no I/O yet.
   *
   * <p>Both keep their own conditions. The settings of the index scan are those of this search.
   *
   * @param words of the same tenant
   * @throws UsageException if it is over another table, of another tenant, or this search is
   *     {@linkplain #diverse diverse}
   */
  public HybridSearch<R> fusedWith(TextQuery<?> words) {
    TextLeg leg = words.unwrap(TextLeg.class);
    statements.requireSameRows(leg, tenant);
    requireAsFound("fused with a search by words");
    return new HybridSearch<>(this, leg, HybridOptions.of(options.top()));
  }

  HybridResult<R> hybrid(TextLeg words, HybridOptions fused) {
    HybridStatement.Found<R> found = hybrid("", words, fused, statement.hybrid()::read);
    boolean isShort = found.hits().size() < fused.top();
    return new HybridResult<>(
        found.hits(), found.unrated() || (isShort && passedOver(found.ids())));
  }

  String explainHybrid(TextLeg words, HybridOptions fused) {
    return hybrid("explain ", words, fused, VectorSearch::lines);
  }

  private <V> V hybrid(String prefix, TextLeg words, HybridOptions fused, Reader<V> reader) {
    String where = statements.place();
    SearchOptions leg = options.withTop(fused.candidatesOfLeg());
    leg.check(where);
    SearchFilter.check(leg.filter());
    SearchFilter.check(words.matches());
    QueryPart query = statement.hybrid().query(leg, fused, words, tenant, vector);
    String text = prefix + SearchFilter.text(query);
    return ExtensionFaults.run(
        words.tune().apply(leg.tune(session)),
        where,
        connection -> {
          try (PreparedStatement prepared = connection.prepareStatement(text)) {
            int unused = SearchFilter.bind(prepared, 1, query);
            try (ResultSet rows = prepared.executeQuery()) {
              return reader.read(rows);
            }
          }
        });
  }

  private static String lines(ResultSet rows) throws SQLException {
    StringJoiner lines = new StringJoiner("\n");
    while (rows.next()) {
      lines.add(rows.getString(1));
    }
    return lines.toString();
  }

  /** Rows that were chosen one after the other are no candidates. */
  private void requireAsFound(String how) {
    if (diversity != null) {
      throw new UsageException(
          Problem.what("diverse(…) was asked of a search that is " + how)
              .where(statements.place())
              .why("it chooses rows one after the other, of what one search found")
              .fix("leave it out"));
    }
  }

  /** The plan that the server chooses for this search, as its EXPLAIN prints it; runs nothing. */
  public String explain() {
    return run("explain ", VectorSearch::lines);
  }

  private interface Reader<V> {
    V read(ResultSet rows) throws SQLException;
  }

  private <V> V run(String prefix, Reader<V> reader) {
    String where = statements.place();
    options.check(where);
    SearchFilter.check(options.filter());
    String text = prefix + statement.text(options);
    return ExtensionFaults.run(
        options.tune(session),
        where,
        connection -> {
          try (PreparedStatement prepared = connection.prepareStatement(text)) {
            statement.bind(prepared, options, tenant, vector);
            try (ResultSet rows = prepared.executeQuery()) {
              return reader.read(rows);
            }
          }
        });
  }

  private boolean isShort(List<Hit<R>> hits) {
    return !options.exact() && hits.size() < options.top();
  }

  private boolean passedOver(List<String> ids) {
    return ExtensionFaults.run(
        session,
        statements.place(),
        connection -> statement.passedOver(connection, options, tenant, ids));
  }

  private VectorSearch<R> with(SearchOptions changed) {
    return new VectorSearch<>(statements, statement, session, tenant, vector, changed, diversity);
  }
}
