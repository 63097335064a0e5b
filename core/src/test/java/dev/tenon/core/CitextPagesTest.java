package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultDataType;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Texts that differ in case are one for the server, which a page has to go on from all the same.
 */
class CitextPagesTest {

  record Word(long id, String text) {}

  /** As jOOQ generates it. */
  private static final class Words extends TableImpl<Record> {

    private static final long serialVersionUID = 1L;

    final transient Field<Long> id =
        createField(DSL.name("id"), SQLDataType.BIGINT.nullable(false), this, "");
    final transient Field<?> text;

    Words(DataType<?> type) {
      super(DSL.name("words"), DSL.schema(DSL.name("public")));
      this.text = createField(DSL.name("text"), type, this, "");
    }
  }

  @RegisterExtension final FreshDatabase database = FreshDatabase.with();

  @Test
  void pages_by_a_declared_citext_are_the_rows_of_a_plain_order_by() {
    database
        .get()
        .sql()
        .execute(
            """
            create extension citext;
            create table words (id bigint primary key, text citext not null);
            insert into words values (1, 'a'), (2, 'B'), (3, 'c'), (4, 'D'), (5, 'e'), (6, 'A')
            """);
    for (String type : List.of("\"public\".\"citext\"", "citext")) {
      DataType<Object> nullable = DefaultDataType.getDefaultDataType(type);
      for (DataType<?> declared : List.of(nullable, nullable.notNull())) {
        Words words = new Words(declared);
        Repository<Word, Long> rows =
            Repository.of(words, Word.class).id(words.id).shared().build();
        Field<String> byHand = DSL.field(DSL.name("text"), SQLDataType.VARCHAR.notNull());
        for (Field<?> column : List.of(words.text, byHand)) {
          Page.Request ascending = Page.Request.of(1).orderBy(column.asc());
          assertThat(paged(rows, ascending)).containsExactly(1L, 6L, 2L, 3L, 4L, 5L);
          Page.Request descending = Page.Request.of(2).orderBy(column.desc());
          assertThat(paged(rows, descending)).containsExactly(5L, 4L, 3L, 2L, 1L, 6L);
        }
      }
    }
  }

  private List<Long> paged(Repository<Word, Long> rows, Page.Request request) {
    List<Long> seen = new ArrayList<>();
    Page<Word> page = rows.page(database.get(), request);
    page.rows().forEach(row -> seen.add(row.id()));
    while (page.next().isPresent()) {
      page = rows.page(database.get(), request.after(page.next().get()));
      page.rows().forEach(row -> seen.add(row.id()));
    }
    return seen;
  }
}
