package dev.tenon.vector;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.FetchedRows;
import dev.tenon.core.internal.TextLeg;
import dev.tenon.vector.SearchStatement.Found;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.StringJoiner;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jooq.Cursor;
import org.jooq.QueryPart;

/** Runs a search as it was described. */
record SearchRun<R>(
    SearchStatements statements,
    SearchStatement<R> statement,
    Session session,
    TenantId tenant,
    Object vector,
    SearchOptions options) {

  private static final int FETCH_SIZE = 1_000;

  private interface Reader<V> {
    V read(ResultSet rows) throws SQLException;
  }

  /** Binds the parameters from a number on; the number after the last. */
  private interface Binder {
    int bind(PreparedStatement statement, int first) throws SQLException;
  }

  /** What was read, and the plan where it was asked for. */
  private record Answer<V>(V rows, Optional<String> explain) {}

  SearchRun<R> with(SearchOptions changed) {
    return new SearchRun<>(statements, statement, session, tenant, vector, changed);
  }

  <V> SearchRun<V> into(Class<V> type) {
    return new SearchRun<>(statements, statements.into(type), session, tenant, vector, options);
  }

  SearchResult<R> fetch() {
    return chosen().fetched();
  }

  /** Checked, and with its way: by the index or not. */
  private SearchRun<R> chosen() {
    requireAskable();
    return with(statements.choose(session, options, tenant));
  }

  private SearchResult<R> fetched() {
    Answer<Found<R>> answer =
        ExtensionFaults.run(
            options.tune(session),
            statements.place(),
            connection -> {
              try (PreparedStatement prepared =
                  connection.prepareStatement(withExplain(statement.text(options)))) {
                return answer(prepared, this::bind, statement::read);
              }
            });
    return result(answer.rows(), answer.explain());
  }

  private int bind(PreparedStatement prepared, int first) throws SQLException {
    return statement.bind(prepared, first, options, tenant, vector);
  }

  private void requireAskable() {
    options.check(statements.place());
    SearchFilter.check(options.filter(), statements.place());
  }

  /** The statement once more, in the same round trip, as a question for its plan. */
  private String withExplain(String text) {
    return options.explained() ? text + ";\nexplain " + text : text;
  }

  private <V> Answer<V> answer(PreparedStatement prepared, Binder parameters, Reader<V> reader)
      throws SQLException {
    int next = parameters.bind(prepared, 1);
    if (options.explained()) {
      int unused = parameters.bind(prepared, next);
    }
    V read;
    try (ResultSet rows = prepared.executeQuery()) {
      read = reader.read(rows);
    }
    return new Answer<>(read, options.explained() ? explained(prepared) : Optional.empty());
  }

  private static Optional<String> explained(PreparedStatement prepared) throws SQLException {
    if (!prepared.getMoreResults()) {
      throw new SQLException("the plan did not come with the rows", "02000");
    }
    try (ResultSet rows = prepared.getResultSet()) {
      return Optional.of(lines(rows));
    }
  }

  private SearchResult<R> result(Found<R> found, Optional<String> explain) {
    return new SearchResult<>(
        found.hits(), isShort(found.hits()) && passedOver(found.ids()), options.plan(explain));
  }

  /** The same search for each of these vectors. */
  List<SearchResult<R>> fetchEach(List<Object> vectors) {
    return chosen().fetchedEach(vectors);
  }

  private List<SearchResult<R>> fetchedEach(List<Object> vectors) {
    String text = withExplain(statement.textOfEach(options));
    String[] texts = vectors.stream().map(EmbeddingBytes::text).toArray(String[]::new);
    Answer<List<Found<R>>> each =
        ExtensionFaults.run(
            options.tune(session),
            statements.place(),
            connection -> {
              Array given = connection.createArrayOf("text", texts);
              try (PreparedStatement prepared = connection.prepareStatement(text)) {
                return answer(
                    prepared,
                    (bound, first) -> statement.bindEach(bound, first, options, tenant, given),
                    rows -> statement.readEach(rows, texts.length));
              } finally {
                given.free();
              }
            });
    return each.rows().stream().map(found -> result(found, each.explain())).toList();
  }

  SearchResult<R> diverse(MarginalRelevance diverse) {
    statement.requireNumbers(statements.place());
    int candidates = Math.max(options.top(), diverse.candidates());
    SearchResult<R> nearest = with(options.withTop(candidates)).fetch();
    List<float[]> vectors = nearest.records().stream().map(statement::numbers).toList();
    return new SearchResult<>(
        diverse.choose(nearest.hits(), vectors, statements.space(), options.top()),
        nearest.truncated() && nearest.hits().size() < options.top(),
        nearest.plan());
  }

  <V, X extends Exception> V stream(VectorSearch.StreamWork<R, V, X> work) throws X {
    return chosen().streamed(work);
  }

  private <V, X extends Exception> V streamed(VectorSearch.StreamWork<R, V, X> work) throws X {
    String where = statements.place();
    StreamStatement<R> streamed = statement.streamed();
    return session.transactionResult(
        transaction -> {
          Session tuned = options.tuneForValues(transaction);
          Optional<String> explain =
              ExtensionFaults.explaining(
                  where, () -> streamed.explain(tuned, options, tenant, vector));
          try (Cursor<?> cursor =
              ExtensionFaults.explaining(
                  where,
                  () ->
                      streamed
                          .query(tuned.sql(), options, tenant, vector)
                          .fetchSize(FETCH_SIZE)
                          .fetchLazy())) {
            return work.run(
                streamed(
                    FetchedRows.of(cursor, streamed::read, where).stream(transaction),
                    options.plan(explain)));
          }
        });
  }

  /** There is a first row always. */
  private static <R> StreamedResult<R> streamed(
      Stream<StreamStatement.Row<R>> rows, SearchPlan plan) {
    Spliterator<StreamStatement.Row<R>> following = rows.spliterator();
    List<StreamStatement.Row<R>> first = new ArrayList<>();
    boolean unused = following.tryAdvance(first::add);
    return new StreamedResult<>(
        Stream.concat(first.stream(), StreamSupport.stream(following, false))
            .flatMap(row -> Stream.ofNullable(row.hit())),
        first.get(0).truncated(),
        plan);
  }

  HybridResult<R> hybrid(TextLeg words, HybridOptions fused) {
    HybridStatement.Found<R> found = hybrid("", words, fused, statement.hybrid()::read);
    boolean isShort = found.hits().size() < fused.top();
    return new HybridResult<>(
        found.hits(), found.unrated() || (isShort && passedOver(found.ids())));
  }

  String explainHybrid(TextLeg words, HybridOptions fused) {
    return hybrid("explain ", words, fused, SearchRun::lines);
  }

  private <V> V hybrid(String prefix, TextLeg words, HybridOptions fused, Reader<V> reader) {
    String where = statements.place();
    SearchOptions leg = with(options.withTop(fused.candidatesOfLeg())).chosen().options();
    SearchFilter.check(words.matches(), where);
    QueryPart query = statement.hybrid().query(leg, fused, words, tenant, vector);
    String text = prefix + SearchFilter.text(query);
    return ExtensionFaults.run(
        words.tune().apply(leg.tuneAsPart(session)),
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

  String explain() {
    return chosen().explained();
  }

  private String explained() {
    String text = "explain " + statement.text(options);
    return ExtensionFaults.run(
        options.tune(session),
        statements.place(),
        connection -> {
          try (PreparedStatement prepared = connection.prepareStatement(text)) {
            int unused = bind(prepared, 1);
            try (ResultSet rows = prepared.executeQuery()) {
              return lines(rows);
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
}
