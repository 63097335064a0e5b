package dev.tenon.core.search;

import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The SQL of a {@link Headline}: a passage of a text as it is stored, with the words that a query
 * wants between marks.
 */
final class MarkedPassage {

  /** What a tsquery is written with; a quote in a word is written twice. */
  private static final String WORD = "'(?:[^']|'')*'(?::[*A-D]+)?";

  private static final String GROUP = "\\((?:[^()']|" + WORD + ")*\\)";
  private static final String UNWANTED =
      "!+(?:" + WORD + "|\\((?:[^()']|" + WORD + "|" + GROUP + ")*\\))";

  /**
   * The query without what is negated, which ts_headline marks like all else. querytree gives the
   * whole up where one side of an "or" is negated. "And" binds closer, so it goes first.
   */
  private static final String WANTED =
      """
      (select regexp_replace(regexp_replace(regexp_replace(regexp_replace(cast({0} as text),
                {1}, '', 'g'), {2}, '', 'g'), {3}, '', 'g'), {4}, '', 'g'))""";

  /**
   * A blank behind each "<" keeps the server's parser from taking what follows for a tag, which it
   * leaves out; exactly these blanks are taken away again. The words within are then between the
   * words around, so that a phrase may not be there any more: where nothing was marked, its words
   * are looked for alone.
   */
  private static final String PASSAGE =
      """
      (select replace(
                case when strpos(phrase.passage, {5}) > 0 or strpos(told.text, '<') = 0
                     then phrase.passage
                     else ts_headline({0}, told.text,
                            cast(regexp_replace(told.wanted, {3}, '&', 'g') as tsquery), {4})
                end, '< ', '<')
         from (select replace(translate({1}, {6}, {7}), '<', '< ') as text,
                      {2} as wanted offset 0) told
        cross join lateral (
          select ts_headline({0}, told.text, cast(told.wanted as tsquery), {4}) as passage
          offset 0) phrase)""";

  private MarkedPassage() {}

  /**
   * @param configuration of the server, as a constant
   * @param query a tsquery
   */
  static Field<String> of(Field<?> configuration, String column, QueryPart query) {
    String marks = String.valueOf(Headline.BEGIN) + Headline.END;
    return DSL.field(
        PASSAGE,
        SQLDataType.VARCHAR,
        configuration,
        DSL.field(DSL.name(column)),
        wanted(query),
        DSL.inline("<(?:-|\\d+)>"),
        DSL.inline("StartSel=" + Headline.BEGIN + ", StopSel=" + Headline.END),
        DSL.inline(String.valueOf(Headline.BEGIN)),
        DSL.inline(marks),
        DSL.inline(String.valueOf(Headline.REPLACED).repeat(marks.length())));
  }

  private static QueryPart wanted(QueryPart query) {
    return DSL.sql(
        WANTED,
        query,
        DSL.inline(" & " + UNWANTED),
        DSL.inline(UNWANTED + " & "),
        DSL.inline(" \\| " + UNWANTED),
        DSL.inline(UNWANTED + "(?: \\| )?"));
  }
}
