package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The texts of a search, and how its parameters and its rows cross.
 *
 * <p>The rows of an index scan are sorted once more outside, because a relaxed scan yields them
 * slightly out of order and because ids break ties: by {@code distance + 0}, for the server
 * believes that the scan was in order, and would sort only rows at the same distance.
 *
 * <p>Whether a scan that came out short passed over rows is a question of its own, asked only then:
 * as a branch of the search it would cost every search a tenth, although it never ran. It asks for
 * a row that is not among the hits, so that no change in between can make the hits look complete.
 *
 * <p>The number of rows stands in the text, for a plan made for an unknown limit expects to return
 * a tenth of the table and so avoids the index.
 */
final class SearchStatement<R> {

  private static final String IN_ORDER = ") nearest\n order by tenon_distance + 0, tenon_id";

  /** Of many searches, one after the other; OFFSET keeps the vectors from being read per row. */
  private static final String EACH =
      """
      select answer.*, tenon_query.ordinal
        from (select given.vector::%s, given.ordinal
                from unnest(?::text[]) with ordinality as given (vector, ordinal)
              offset 0) as tenon_query (vector, ordinal)
       cross join lateral (
      """;

  private static final String EACH_IN_ORDER =
      """
      ) answer
       order by tenon_query.ordinal, answer.tenon_distance + 0, answer.tenon_id""";

  private final IndexDefinition index;
  private final VectorSpace space;
  private final RecordColumns<R> columns;
  private final String beforeFilter;
  private final String afterFilter;
  private final NearestRows ofParameter;
  private final NearestRows ofEach;
  private final String nearestByIndex;
  private final String nearest;
  private final String passedOver;

  SearchStatement(IndexDefinition index, RecordColumns<R> columns) {
    this.index = index;
    VectorTable<?> table = index.table();
    this.space = table.space();
    this.columns = columns;
    List<String> listed = columns.names().stream().map(RecordColumns::quoted).toList();
    // A sub-select, or a plan that is kept would make a vector of the parameter for each row.
    this.ofParameter = new NearestRows(index, listed, "(select " + space.parameter() + ")");
    this.ofEach = new NearestRows(index, listed, "tenon_query.vector");
    this.beforeFilter = candidates(table, ofParameter);
    this.afterFilter =
        afterFilter(table)
            + "select "
            + columns.sent(space)
            + ", tenon_distance, tenon_id\n  from (";
    this.nearestByIndex = afterFilter + ofParameter.byIndex();
    this.nearest = afterFilter + ofParameter.exactly();
    this.passedOver = afterFilter(table) + passedOver(table);
  }

  /** The parameters are those of the filter, the tenant, the vector, in this order. */
  String text(SearchOptions options) {
    return text(options, options.exact() ? nearest : nearestByIndex);
  }

  private String text(SearchOptions options, String behindFilter) {
    return beforeFilter
        + SearchFilter.text(options.filter())
        + (options.usesCandidates()
            ? behindFilter.replace(
                NearestRows.CANDIDATES, Integer.toString(options.candidatesToCompare()))
            : behindFilter)
        + options.top()
        + IN_ORDER;
  }

  /** The parameters are the vectors, those of the filter, the tenant. */
  String textOfEach(SearchOptions options) {
    String rows = options.exact() ? ofEach.exactly() : ofEach.byIndex();
    return EACH.formatted(space.columnType()) + text(options, afterFilter + rows) + EACH_IN_ORDER;
  }

  /** Binds the parameters from a number on; the number after the last. */
  int bind(
      PreparedStatement statement, int first, SearchOptions options, TenantId tenant, Object vector)
      throws SQLException {
    int next = SearchFilter.bind(statement, first, options.filter());
    statement.setObject(next, tenant.value());
    statement.setObject(next + 1, vector);
    if (options.usesCandidates()) {
      statement.setObject(next + 2, vector);
    }
    return next + (options.usesCandidates() ? 3 : 2);
  }

  /**
   * @param vectors as texts
   */
  int bindEach(
      PreparedStatement statement, int first, SearchOptions options, TenantId tenant, Array vectors)
      throws SQLException {
    statement.setArray(first, vectors);
    int next = SearchFilter.bind(statement, first + 1, options.filter());
    statement.setObject(next, tenant.value());
    return next + 1;
  }

  /** Whether a row matches that is not among the hits; without the vector index. */
  boolean passedOver(
      Connection connection, SearchOptions options, TenantId tenant, List<String> ids)
      throws SQLException {
    String text = beforeFilter + SearchFilter.text(options.filter()) + passedOver;
    Array found = connection.createArrayOf("text", ids.toArray());
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      int next = SearchFilter.bind(statement, 1, options.filter());
      statement.setObject(next, tenant.value());
      statement.setArray(next + 1, found);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next();
      }
    } finally {
      found.free();
    }
  }

  /** Reads the hits. */
  Found<R> read(ResultSet rows) throws SQLException {
    Found<R> found = new Found<>();
    while (rows.next()) {
      add(found, rows);
    }
    return found;
  }

  /** Reads the hits of each of so many searches. */
  List<Found<R>> readEach(ResultSet rows, int searches) throws SQLException {
    List<Found<R>> each = new ArrayList<>();
    for (int i = 0; i < searches; i++) {
      each.add(new Found<>());
    }
    while (rows.next()) {
      add(each.get(rows.getInt(columns.size() + 3) - 1), rows);
    }
    return each;
  }

  private void add(Found<R> found, ResultSet rows) throws SQLException {
    double distance = rows.getDouble(columns.size() + 1);
    found.hits().add(new Hit<>(columns.read(rows), distance, space.score(distance)));
    found.ids().add(rows.getString(columns.size() + 2));
  }

  /** The hits of a search, and their ids as texts. */
  record Found<R>(List<Hit<R>> hits, List<String> ids) {
    Found() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  /** The same with a leg by words beside it. */
  HybridStatement<R> hybrid() {
    return new HybridStatement<>(index, columns);
  }

  /** The same for hits that are read bit by bit. */
  StreamStatement<R> streamed() {
    return new StreamStatement<>(index, columns);
  }

  /** Refuses a record whose hits cannot be compared with each other. */
  void requireNumbers(String where) {
    if (columns.dense() < 0) {
      throw new UsageException(
          Problem.what(columns.recordName() + " has no embedding of numbers")
              .where(where)
              .why("diverse(…) compares hits with each other by their embeddings")
              .fix("read them into a record with its Embedding, or leave diverse(…) out"));
    }
  }

  /** The components of a hit's embedding. */
  float[] numbers(R record) {
    Object vector = Objects.requireNonNull(columns.value(record, columns.dense()));
    return vector instanceof Embedding embedding ? embedding.components() : (float[]) vector;
  }

  private static String candidates(VectorTable<?> table, NearestRows rows) {
    return """
        with candidate as not materialized (
          select %s
            from %s
           where ("""
        .formatted(String.join(", ", rows.needed()), table.name());
  }

  private static String afterFilter(VectorTable<?> table) {
    return """

          ) and %s = ? and %s is not null
        )
        """
        .formatted(VectorTable.TENANT, table.embeddingColumn());
  }

  /** Ids are told as text, which is read as any type that identifies. */
  private static String passedOver(VectorTable<?> table) {
    return """
        select true
          from candidate
         where %s <> all (?::text[]::%s[])
         limit 1
        """
        .formatted(table.idColumn(), table.columns().sqlType(table.id()));
  }
}
