package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jooq.Condition;

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
  private final float[] vector;
  private final SearchOptions options;

  VectorSearch(
      SearchStatements statements,
      SearchStatement<R> statement,
      Session session,
      TenantId tenant,
      float[] vector,
      SearchOptions options) {
    this.statements = statements;
    this.statement = statement;
    this.session = session;
    this.tenant = tenant;
    this.vector = vector;
    this.options = options;
  }

  /**
   * How many rows to return, 10 by default; more than 1000 only with {@link #exact}.
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
   * @throws UsageException if out of 1 to 1000
   */
  public VectorSearch<R> efSearch(int candidates) {
    return with(options.withEfSearch(candidates));
  }

  /**
   * Whether the index scan goes on while too few of its candidates match, {@code
   * hnsw.iterative_scan}. {@link IterativeScan#STRICT} by default.
   */
  public VectorSearch<R> iterativeScan(IterativeScan scan) {
    return with(options.withIterativeScan(scan));
  }

  /**
   * Where an iterative scan stops, {@code hnsw.max_scan_tuples}; the server's own default is 20000.
   *
   * @throws UsageException if less than 1
   */
  public VectorSearch<R> maxScanTuples(int tuples) {
    return with(options.withMaxScanTuples(tuples));
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
    return new VectorSearch<>(statements, statements.into(type), session, tenant, vector, options);
  }

  /**
   * Runs the search, in one round trip, also as the first statement of a transaction.
   *
   * <p>The statement travels together with the tenant and the settings of the scan, which end with
   * it. Where it returns fewer rows than were asked for, a second statement asks whether more
   * match; then the result is {@linkplain SearchResult#truncated() truncated}.
   *
   * @throws UsageException if more than 1000 rows are asked of the index, or more than {@code
   *     efSearch} of a scan that does not go on
   * @throws dev.tenon.core.ServerException if the extension is missing or older than 0.8.0
   */
  public SearchResult<R> fetch() {
    List<String> ids = new ArrayList<>();
    List<Hit<R>> hits = run("", rows -> statement.read(rows, ids::add));
    return new SearchResult<>(hits, isShort(hits) && passedOver(ids));
  }

  /** The plan that the server chooses for this search, as its EXPLAIN prints it; runs nothing. */
  public String explain() {
    return run(
        "explain ",
        rows -> {
          StringJoiner lines = new StringJoiner("\n");
          while (rows.next()) {
            lines.add(rows.getString(1));
          }
          return lines.toString();
        });
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
    return new VectorSearch<>(statements, statement, session, tenant, vector, changed);
  }
}
