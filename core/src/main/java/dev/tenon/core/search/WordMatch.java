package dev.tenon.core.search;

import dev.tenon.core.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Param;
import org.jooq.QueryPart;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Rows whose texts hold words.
 *
 * <p>The user's text is never syntax: whole words go through {@code websearch_to_tsquery}, which
 * takes anything, and the beginning of a word is one quoted lexeme. Where rows have languages of
 * their own, each is asked in its own, one branch for each language.
 */
final class WordMatch implements Asked {

  /**
   * The words of one language.
   *
   * @param applies the rows that are in it
   * @param configuration of the server, as a constant
   * @param query a tsquery
   */
  private record InLanguage(Condition applies, Field<?> configuration, Field<?> query) {

    /**
     * In a sub-select, which the server runs once: of a plan that is kept for any words it would
     * take them apart anew for each row.
     */
    InLanguage {
      query = DSL.field("(select {0})", query);
    }
  }

  private final Field<?> vector;
  private final List<InLanguage> languages;

  private WordMatch(String vector, List<InLanguage> languages) {
    this.vector = DSL.field(DSL.name(vector));
    this.languages = languages;
  }

  /** Rows that hold the words, in any form that their language gives them. */
  static WordMatch whole(TextIndex<?> index, String words) {
    List<InLanguage> languages = new ArrayList<>();
    index
        .languages()
        .configurations()
        .forEach(
            (value, name) -> {
              Field<?> configuration = DSL.field(DSL.raw(Languages.constant(name)));
              languages.add(
                  new InLanguage(
                      applies(index.languages(), value),
                      configuration,
                      DSL.field("websearch_to_tsquery({0}, {1})", configuration, bound(words))));
            });
    return new WordMatch(index.vector(), languages);
  }

  private static Condition applies(Languages languages, String value) {
    Property told = languages.property();
    return told == null
        ? DSL.noCondition()
        : DSL.condition("{0} = {1}", told.field(), DSL.inline(value));
  }

  /**
   * Rows that hold all words but the last, and one that begins as the last does; of words as they
   * are written.
   */
  static WordMatch beginning(TextIndex<?> index, String words) {
    List<String> each =
        Arrays.stream(words.split("(?U)\\s+")).filter(word -> !word.isEmpty()).toList();
    int last = each.size() - 1;
    String before = last > 0 ? String.join(" ", each.subList(0, last)) : "";
    String beginning = last < 0 ? "" : lexeme(each.get(last)) + ":*";
    Field<?> configuration = DSL.field(DSL.raw(Languages.constant(Languages.AS_WRITTEN)));
    // Once as the server takes it apart, as "wi-f", and once whole, as the beginning of an address.
    Field<?> query =
        DSL.field(
            "(plainto_tsquery({0}, {1}) && (to_tsquery({0}, {2}) || cast({3} as tsquery)))",
            configuration,
            bound(before),
            bound(beginning),
            bound(beginning.toLowerCase(Locale.ROOT)));
    return new WordMatch(
        index.vectorAsWritten(), List.of(new InLanguage(DSL.noCondition(), configuration, query)));
  }

  /** A word as PostgreSQL quotes it in a tsquery, where nothing in it is an operator. */
  private static String lexeme(String word) {
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  private static Param<String> bound(String text) {
    return DSL.val(text, SQLDataType.VARCHAR);
  }

  @Override
  public Condition matches() {
    return DSL.or(
        languages.stream()
            .map(
                language ->
                    language.applies().and(DSL.condition("{0} @@ {1}", vector, language.query())))
            .toList());
  }

  @Override
  public Field<Float> score() {
    List<Field<Float>> scores = new ArrayList<>();
    for (InLanguage language : languages) {
      scores.add(
          DSL.field("ts_rank({0}, {1})", SQLDataType.REAL, vector, ranked(language.query())));
    }
    return inEach(scores);
  }

  /**
   * What is wanted of the query, without what is not: ts_rank gives a word beside a negated one
   * next to nothing, and all rows the same.
   */
  private static Field<Object> ranked(QueryPart query) {
    return DSL.field(
        """
        (select case when querytree(asked.query) in ('', 'T') then asked.query
                     else querytree(asked.query)::tsquery
                end
           from (select {0} as query) asked)""",
        query);
  }

  /** The value of the language of each row. */
  private <V> Field<V> inEach(List<Field<V>> values) {
    Field<V> each = values.get(values.size() - 1);
    for (int i = values.size() - 2; i >= 0; i--) {
      each = DSL.when(languages.get(i).applies(), values.get(i)).otherwise(each);
    }
    return each;
  }

  @Override
  public Condition isEmpty() {
    return DSL.and(
        languages.stream()
            .map(language -> DSL.condition("numnode({0}) = 0", language.query()))
            .toList());
  }

  @Override
  public Field<String> headline(String column) {
    return inEach(
        languages.stream()
            .map(language -> MarkedPassage.of(language.configuration(), column, language.query()))
            .toList());
  }

  @Override
  public boolean hasHeadline() {
    return true;
  }

  @Override
  public Session tune(Session session) {
    return session;
  }
}
