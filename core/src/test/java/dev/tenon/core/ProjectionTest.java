package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Records;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows as records of some of their columns. */
class ProjectionTest {

  private static final Table<Record> BOOKS = DSL.table(DSL.name("books"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<String> TITLE = DSL.field(DSL.name("title"), SQLDataType.VARCHAR);
  private static final Field<Integer> PAGES = DSL.field(DSL.name("pages"), SQLDataType.INTEGER);
  private static final Field<Instant> DELETED_AT =
      DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT);

  private static final Migrations MIGRATIONS =
      Migrations.named("books")
          .script(
              "V1__books.sql",
              """
              create table public.books (
                tenant_id uuid, id uuid, title text, pages int, secret text,
                deleted_at timestamptz, primary key (tenant_id, id));
              """);

  record Book(UUID id, String title, @Nullable Integer pages, String secret) {}

  record Title(String title) {}

  record Length(UUID id, int pages) {}

  private static final Repository<Book, UUID> ROWS =
      Repository.of(BOOKS, Book.class).id(ID).softDelete(DELETED_AT).build();
  private static final Projection<Title, UUID> TITLES = ROWS.project(Title.class);
  private static final Projection<Length, UUID> LENGTHS = ROWS.project(Length.class);

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  private final List<Book> books = new ArrayList<>();
  private Session acme;

  @BeforeEach
  void fill() {
    acme = database.session(TenantId.of(UuidV7.next()));
    Session bolt = database.session(TenantId.of(UuidV7.next()));
    for (int i = 0; i < 5; i++) {
      books.add(new Book(UuidV7.next(), "book " + i, 10 * (i / 2), "s3cret"));
      ROWS.insert(acme, books.get(i));
      ROWS.insert(bolt, new Book(UuidV7.next(), "foreign " + i, 10, "s3cret"));
    }
    UUID gone = UuidV7.next();
    ROWS.insert(acme, new Book(gone, "gone", 10, "s3cret"));
    ROWS.delete(acme, gone);
  }

  @Test
  void reads_one_or_some_rows_of_the_tenant_that_are_not_in_the_trash() {
    assertThat(TITLES.find(acme, books.get(1).id())).contains(new Title("book 1"));
    assertThat(TITLES.findAll(acme, List.of(books.get(3).id(), books.get(0).id())))
        .containsExactly(new Title("book 3"), new Title("book 0"));
    assertThat(TITLES.list(acme, DSL.noCondition(), TITLE.desc()))
        .extracting(Title::title)
        .containsExactly("book 4", "book 3", "book 2", "book 1", "book 0");
    assertThat(TITLES.<Long, RuntimeException>stream(acme, DSL.noCondition(), rows -> rows.count()))
        .isEqualTo(5);
  }

  @Test
  void asks_and_orders_by_columns_that_are_not_in_the_record_and_breaks_ties_by_identifier() {
    // A changed row moves behind the others in the table.
    ROWS.patch(acme, books.get(2).id(), Patch.of(PAGES, 10));
    Session scanning =
        acme.withSetting("enable_indexscan", "off").withSetting("enable_bitmapscan", "off");
    assertThat(TITLES.top(scanning, 3, PAGES.gt(0), PAGES.desc()))
        .extracting(Title::title)
        .containsExactly("book 4", "book 2", "book 3");
    assertThat(ROWS.top(acme, 1, DSL.noCondition(), PAGES.desc())).containsExactly(books.get(4));
    assertThat(ROWS.list(acme, PAGES.lt(20), PAGES.desc(), TITLE.desc()))
        .extracting(Book::title)
        .containsExactly("book 3", "book 2", "book 1", "book 0");
  }

  @Test
  void pages_in_both_directions_with_cursors_of_its_own() {
    Page.Request request = Page.Request.of(2).orderBy(PAGES.desc());
    Page<Length> first = LENGTHS.page(acme, request);
    Page<Length> second = LENGTHS.page(acme, request.after(first.next().orElseThrow()));
    assertThat(second.rows()).extracting(Length::pages).containsExactly(10, 0);
    assertThat(LENGTHS.page(acme, request.before(second.previous().orElseThrow())))
        .isEqualTo(first);
    assertThatThrownBy(() -> ROWS.page(acme, request.after(first.next().orElseThrow())))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void sends_no_column_that_the_record_does_not_have() {
    List<String> sent = new ArrayList<>();
    acme.sql().configuration().set(new Sent(sent));
    TITLES.list(acme, DSL.noCondition());
    assertThat(sent).singleElement().asString().contains("title").doesNotContain("secret");
  }

  private record Sent(List<String> statements) implements ExecuteListener {
    @Override
    public void executeStart(ExecuteContext context) {
      statements.add(String.valueOf(context.sql()));
    }
  }

  @Test
  void a_page_without_the_columns_of_its_cursor_is_refused() {
    assertThatThrownBy(() -> TITLES.page(acme, Page.Request.of(2)))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            """
            the sort column id is not in the record Title
              where: repository of Title
              why: no component maps to it
              fix: add a component for the column id""");
  }

  @Test
  void a_null_that_a_component_cannot_hold_is_named() {
    ROWS.insert(acme, new Book(UuidV7.next(), "endless", null, "s3cret"));
    assertThatThrownBy(() -> LENGTHS.list(acme, PAGES.isNull()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("Length");
  }

  @Test
  void refuses_a_session_without_a_tenant_and_a_limit_out_of_range() {
    assertThatThrownBy(() -> TITLES.list(database.get(), DSL.noCondition()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a tenant");
    for (int limit : new int[] {0, 10_001}) {
      assertThatThrownBy(() -> TITLES.top(acme, limit, DSL.noCondition()))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the limit is " + limit);
    }
  }

  record Shelf(int pages, int books) {}

  /** What is grouped is jOOQ's; the session's rows are its tenant's where the table is isolated. */
  @Test
  void groups_are_read_by_jooq_into_any_record() {
    List<Shelf> shelves =
        database
            .get()
            .sql()
            .select(PAGES, DSL.count())
            .from(BOOKS)
            .where(TITLE.like("book%"))
            .groupBy(PAGES)
            .orderBy(PAGES)
            .fetch(Records.mapping(Shelf::new));
    assertThat(shelves).containsExactly(new Shelf(0, 2), new Shelf(10, 2), new Shelf(20, 1));
  }
}
