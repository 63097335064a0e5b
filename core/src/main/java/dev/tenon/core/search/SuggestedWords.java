package dev.tenon.core.search;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Field;
import org.jooq.Record4;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The statement that looks for words of the tenant's rows that are written much like words that
 * none of them holds.
 *
 * <p>The words come out of the rows of an ordinary query, so that what keeps rows of other tenants
 * out of any query keeps their words out of this; {@code ts_stat} takes its query as a text.
 */
final class SuggestedWords {

  /** How many rows are looked at, and how many words each unknown one gets. */
  private static final int ROWS = 10_000;

  private static final int EACH = 3;
  private static final String THRESHOLD = "0.3";

  private static final String SQL =
      """
      with lexicon as materialized (
        select word.lexeme, count(*) as holders
          from (select {0} from {1} where {2} limit {3}) looked_at
         cross join lateral unnest({0}) as word
         group by word.lexeme
      ), unknown as (
        select asked.lexeme, asked.positions[1] as place
          from unnest(to_tsvector({4}, {5})) as asked
         where not exists (select from lexicon where lexicon.lexeme = asked.lexeme)
      )
      select unknown.lexeme as word, meant.lexeme as suggestion, meant.similarity, meant.holders
        from unknown
       cross join lateral (
         select lexicon.lexeme, lexicon.holders,
                similarity(lexicon.lexeme, unknown.lexeme) as similarity
           from lexicon
          where lexicon.lexeme % unknown.lexeme
          order by similarity desc, lexicon.holders desc, lexicon.lexeme
          limit {6}
       ) meant
       order by unknown.place, meant.similarity desc, meant.holders desc, meant.lexeme""";

  private static final Field<String> WORD = DSL.field("word", SQLDataType.VARCHAR);
  private static final Field<String> SUGGESTION = DSL.field("suggestion", SQLDataType.VARCHAR);
  private static final Field<Float> SIMILARITY = DSL.field("similarity", SQLDataType.REAL);
  private static final Field<Long> HOLDERS = DSL.field("holders", SQLDataType.BIGINT);

  private SuggestedWords() {}

  static List<Suggestion> fetch(
      TextIndex<?> index, Session session, TenantId tenant, String words) {
    List<Suggestion> suggestions = new ArrayList<>();
    for (Record4<String, String, Float, Long> row :
        session
            .withSetting("pg_trgm.similarity_threshold", THRESHOLD)
            .sql()
            .resultQuery(
                SQL,
                DSL.field(DSL.name(index.vectorAsWritten())),
                index.table(),
                index.owned(tenant),
                DSL.inline(ROWS),
                DSL.field(DSL.raw(Languages.constant(Languages.AS_WRITTEN))),
                DSL.val(words, SQLDataType.VARCHAR),
                DSL.inline(EACH))
            .coerce(WORD, SUGGESTION, SIMILARITY, HOLDERS)
            .fetch()) {
      suggestions.add(new Suggestion(row.value1(), row.value2(), row.value3(), row.value4()));
    }
    return List.copyOf(suggestions);
  }
}
