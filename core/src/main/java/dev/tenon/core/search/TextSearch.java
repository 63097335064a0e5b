package dev.tenon.core.search;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.List;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;

/**
 * The rows of one table as immutable records that are found by their words.
 *
 * <p>The server keeps the words of the declared texts in a generated column of type {@code
 * tsvector} with a GIN index, so that whoever writes the rows, a {@link dev.tenon.core.Repository}
 * or SQL, cannot forget it. Rows are owned by tenants: a session without one is refused before any
 * I/O, and no word, count or suggestion comes from a row of another. Each call is one round trip.
 * Immutable and safe for use by many threads.
 *
 * <p>All searches throw {@link dev.tenon.core.InvalidDataException} for words that are longer than
 * 1,000 characters or hold what PostgreSQL cannot store (U+0000, half of a surrogate pair), and
 * take every other text for words: nothing in it is syntax, but for what {@link #search} says.
 *
 * @param <T> the record type
 */
public final class TextSearch<T> {

  private static final double SIMILAR = 0.3;
  private static final double SIMILAR_WORDS = 0.6;

  private final TextIndex<T> index;
  private final SearchedRecords records;

  TextSearch(TextIndex<T> index) {
    this.index = index;
    this.records = new SearchedRecords(index);
  }

  /** Begins a search over a table of this name, found by the search path of the role. */
  public static <T> TextSearchBuilder<T> of(String table, Class<T> type) {
    return of(DSL.table(DSL.name(Required.require(table, "table", "TextSearch.of"))), type);
  }

  /**
   * Begins a search over a jOOQ table, generated or declared by hand.
   *
   * @throws UsageException if the type is no record, or has a component that the table does not
   *     declare
   */
  public static <T> TextSearchBuilder<T> of(Table<?> table, Class<T> type) {
    Required.require(table, "table", "TextSearch.of");
    Required.require(type, "type", "TextSearch.of");
    return new TextSearchBuilder<>(table, SearchedColumns.of(table, type));
  }

  /**
   * The table as SQL for a migration: the columns of the record, the generated column, the primary
   * key of tenant and id, and the indexes.
   *
   * <p>Policies and grants are not part of it. The extension pg_trgm, where it is needed, can be
   * made by a role that may create objects in the database.
   */
  public String tableSql() {
    return TextSchemaSql.table(index);
  }

  /**
   * The generated column and the indexes as SQL for a migration of a table that is there.
   *
   * <p>The server rewrites the table, and nobody reads or writes it meanwhile. Behind a fence run
   * it on the base table, and the declaration of the fence again.
   */
  public String addSql() {
    return TextSchemaSql.added(index);
  }

  /**
   * Begins a search for rows that hold these words, in any form that the language gives them; no
   * I/O.
   *
   * <p>They are understood as {@code websearch_to_tsquery} does: all words have to be there, {@code
   * "these words"} next to each other, {@code or} between two, {@code -} before one that must not
   * be there. Words that every text has, such as "the", are left out.
   */
  public TextQuery<T> search(Session session, String words) {
    TenantId tenant = index.requireTenant(session, "search");
    String asked = Asked.check(words, "words", index.place("search"));
    return query(session, tenant, WordMatch.whole(index, asked));
  }

  /**
   * Begins a search for rows that hold all of these words but the last, and one that begins as the
   * last does, as they are written and in any case; no I/O.
   *
   * @throws UsageException if the search was declared without {@link TextSearchBuilder#asWritten}
   */
  public TextQuery<T> prefix(Session session, String words) {
    TenantId tenant = index.requireTenant(session, "prefix");
    index.requireAsWritten("prefix");
    String asked = Asked.check(words, "words", index.place("prefix"));
    return query(session, tenant, WordMatch.beginning(index, asked));
  }

  /** Like {@link #similar(Session, Field, String, double)}, with a threshold of 0.3. */
  public TextQuery<T> similar(Session session, Field<String> column, String text) {
    return similar(session, column, text, SIMILAR);
  }

  /**
   * Begins a search for rows of which this column is written much like the text; no I/O. The score
   * is pg_trgm's {@code similarity}.
   *
   * <p>Less than three letters or digits have too few trigrams to be like anything: they find the
   * rows in which a word of the column begins with them.
   *
   * @param threshold the least similarity, more than 0 and at most 1
   * @throws UsageException if the column was not declared with {@link TextSearchBuilder#similar},
   *     or the threshold is out of its range
   */
  public TextQuery<T> similar(
      Session session, Field<String> column, String text, double threshold) {
    return similar(session, "similar", SimilarMatch.Measure.TEXT, column, text, threshold);
  }

  /** Like {@link #similarWords(Session, Field, String, double)}, with a threshold of 0.6. */
  public TextQuery<T> similarWords(Session session, Field<String> column, String text) {
    return similarWords(session, column, text, SIMILAR_WORDS);
  }

  /**
   * Begins a search for rows in which a part of this column is written much like the text, as
   * {@link #similar(Session, Field, String, double)} does for the whole of it. The score is {@code
   * word_similarity}.
   */
  public TextQuery<T> similarWords(
      Session session, Field<String> column, String text, double threshold) {
    return similar(session, "similarWords", SimilarMatch.Measure.WORDS, column, text, threshold);
  }

  private TextQuery<T> similar(
      Session session,
      String operation,
      SimilarMatch.Measure measure,
      Field<String> column,
      String text,
      double threshold) {
    TenantId tenant = index.requireTenant(session, operation);
    String place = index.place(operation);
    String name = Required.require(column, "column", place).getName();
    index.requireSimilar(name, operation);
    String asked = Asked.check(text, "text", place);
    return query(session, tenant, SimilarMatch.of(measure, name, asked, threshold, place));
  }

  /**
   * For each of the words that none of the tenant's rows holds, up to three that some hold and that
   * are written much like it, the most alike first. One round trip.
   *
   * <p>It looks at 10,000 rows; which, where the tenant has more, is not defined.
   *
   * @throws UsageException if the search was declared without {@link TextSearchBuilder#asWritten}
   * @throws dev.tenon.core.ServerException if the extension pg_trgm is missing
   */
  public List<Suggestion> didYouMean(Session session, String words) {
    TenantId tenant = index.requireTenant(session, "didYouMean");
    index.requireAsWritten("didYouMean");
    String place = index.place("didYouMean");
    String asked = Asked.check(words, "words", place);
    return SearchFaults.run(
        session, place, tuned -> SuggestedWords.fetch(index, tuned, tenant, asked));
  }

  /**
   * What {@link #search} asks of a row, for a query of the application's own over the table. It
   * names columns without their table, and its values are bound.
   */
  public Condition condition(String words) {
    return WordMatch.whole(index, Asked.check(words, "words", index.place("condition"))).matches();
  }

  /** How {@link #search} rates a row that matches, for a query of the application's own. */
  public Field<Float> rank(String words) {
    return WordMatch.whole(index, Asked.check(words, "words", index.place("rank"))).score();
  }

  private TextQuery<T> query(Session session, TenantId tenant, Asked asked) {
    return new TextQuery<>(
        index, records, index.columns(), session, tenant, asked, SearchOptions.DEFAULT);
  }
}
