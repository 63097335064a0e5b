package dev.tenon.core.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** What a search emits and refuses before it meets a server. */
class TextSearchTest {

  record Page(UUID id, String title, String body, String language, int views) {}

  private static final Field<String> TITLE = text("title");
  private static final Field<String> BODY = text("body");
  private static final Field<String> LANGUAGE = text("language");
  private static final Field<Integer> VIEWS = DSL.field(DSL.name("views"), SQLDataType.INTEGER);

  private static Field<String> text(String name) {
    return DSL.field(DSL.name(name), SQLDataType.VARCHAR);
  }

  private static TextSearchBuilder<Page> pages() {
    return TextSearch.of("pages", Page.class).text(TITLE, Weight.A).text(BODY);
  }

  @Test
  void emits_a_table_that_can_be_reviewed() {
    assertThat(pages().language("english").build().tableSql())
        .isEqualTo(
            """
            create table "pages" (
              "tenant_id" uuid not null,
              "id" uuid not null,
              "title" text,
              "body" text,
              "language" text,
              "views" integer not null,
              "search" tsvector generated always as (
                setweight(to_tsvector('english'::regconfig, coalesce("title", '')), 'A')
                  || setweight(to_tsvector('english'::regconfig, coalesce("body", '')), 'D')
              ) stored,
              primary key ("tenant_id", "id")
            );
            create index "pages_search" on "pages" using gin ("search");
            """);
  }

  @Test
  void emits_what_a_table_that_is_there_lacks() {
    TextSearch<Page> search =
        TextSearch.of(DSL.table(DSL.name("app", "pages")), Page.class)
            .text(BODY)
            .languageOf(LANGUAGE, Map.of("de", "german", "en", "english"))
            .asWritten()
            .similar(TITLE)
            .storedAs("found_by")
            .build();
    assertThat(search.addSql())
        .isEqualTo(
            """
            alter table "app"."pages"
              add "found_by" tsvector generated always as (
                case "language"
                  when 'de' then
                    setweight(to_tsvector('german'::regconfig, coalesce("body", '')), 'D')
                  when 'en' then
                    setweight(to_tsvector('english'::regconfig, coalesce("body", '')), 'D')
                end
              ) stored,
              add "found_by_words" tsvector generated always as (
                setweight(to_tsvector('simple'::regconfig, coalesce("body", '')), 'D')
              ) stored,
              add constraint "pages_found_by_language" check \
            ("language" is not null and "language" in ('de', 'en'));
            create index "pages_found_by" on "app"."pages" using gin ("found_by");
            create index "pages_found_by_words" on "app"."pages" using gin ("found_by_words");
            create extension if not exists pg_trgm;
            create index "pages_title_trigrams" on "app"."pages" using gin ("title" gin_trgm_ops);
            """);
  }

  @Test
  void refuses_a_language_that_cannot_be_one() {
    for (String name : new String[] {"", "english'; drop table pages; --", "Klingon!", "a.b.c"}) {
      assertThatThrownBy(() -> pages().language(name))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("names no language");
      assertThatThrownBy(() -> pages().languageOf(LANGUAGE, Map.of("en", name)))
          .isInstanceOf(UsageException.class);
    }
    assertThatThrownBy(() -> pages().languageOf(LANGUAGE, Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no language was named");
    assertThatThrownBy(() -> pages().build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no language was named");
  }

  @Test
  void refuses_columns_that_the_record_does_not_have() {
    Field<String> other = text("other");
    assertThatThrownBy(() -> pages().text(other))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no component for the column other");
    assertThatThrownBy(() -> pages().similar(other)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> pages().facets(other)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> pages().id(other)).isInstanceOf(UsageException.class);
  }

  @Test
  void refuses_columns_of_another_type_than_their_component() {
    assertThatThrownBy(() -> pages().text(text("views")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no String");
    assertThatThrownBy(() -> pages().facets(text("views")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is a String and its component a Integer");
    assertThat(pages().facets(VIEWS)).isNotNull();
  }

  record Owned(UUID id, UUID tenantId, String title) {}

  record Stored(UUID id, String search, String title) {}

  @Test
  void refuses_components_that_are_not_the_records_to_say() {
    assertThatThrownBy(
            () -> TextSearch.of("pages", Owned.class).text(TITLE).language("english").build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("component for the column tenant_id");
    assertThatThrownBy(
            () -> TextSearch.of("pages", Stored.class).text(TITLE).language("english").build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("component for the column search");
  }

  @Test
  void refuses_names_that_the_server_would_cut() {
    assertThatThrownBy(
            () -> TextSearch.of("p".repeat(60), Page.class).text(TITLE).language("english").build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("bytes");
    assertThatThrownBy(() -> pages().language("english").storedAs("").build())
        .isInstanceOf(UsageException.class);
  }

  @Test
  void quotes_names_and_values_in_what_it_emits() {
    assertThat(
            TextSearch.of("pa\"ges", Page.class)
                .text(TITLE)
                .languageOf(LANGUAGE, Map.of("o'clock", "english"))
                .build()
                .tableSql())
        .contains("create table \"pa\"\"ges\" (", "when 'o''clock' then", "in ('o''clock')");
  }

  record Tagged(UUID id, String body, JSONB about, Map<String, String> tags, int views) {}

  private static final Field<JSONB> ABOUT = DSL.field(DSL.name("about"), SQLDataType.JSONB);

  private static TextSearchBuilder<Tagged> tagged() {
    return TextSearch.of("pages", Tagged.class).text(BODY);
  }

  private static Field<String> about(String name) {
    return DSL.jsonbGetAttributeAsText(ABOUT, name);
  }

  @Test
  void emits_the_name_of_an_attribute_as_a_constant() {
    assertThat(
            tagged()
                .languageOf(about("o'clock \\ ? {0}"), Map.of("en", "english"))
                .build()
                .tableSql())
        .isEqualTo(
            """
            create table "pages" (
              "tenant_id" uuid not null,
              "id" uuid not null,
              "body" text,
              "about" jsonb,
              "tags" jsonb,
              "views" integer not null,
              "search" tsvector generated always as (
                case ("about"->>'o''clock \\ ? {0}')
                  when 'en' then
                    setweight(to_tsvector('english'::regconfig, coalesce("body", '')), 'D')
                end
              ) stored,
              constraint "pages_search_language" check (("about"->>'o''clock \\ ? {0}') is not null \
            and ("about"->>'o''clock \\ ? {0}') in ('en')),
              primary key ("tenant_id", "id")
            );
            create index "pages_search" on "pages" using gin ("search");
            """);
  }

  @Test
  void takes_attributes_of_whatever_is_stored_as_jsonb() {
    Field<JSONB> tags = DSL.field(DSL.name("pages", "tags"), SQLDataType.JSONB);
    assertThat(
            tagged()
                .languageOf(
                    DSL.jsonbGetAttributeAsText(tags, DSL.inline("in")), Map.of("en", "english"))
                .build()
                .addSql())
        .contains("case (\"tags\"->>'in')");
  }

  @Test
  void refuses_attributes_of_what_is_no_declared_column_of_objects() {
    Map<String, String> languages = Map.of("en", "english");
    Field<JSONB> views = DSL.field(DSL.name("views"), SQLDataType.JSONB);
    Field<JSONB> other = DSL.field(DSL.name("other"), SQLDataType.JSONB);
    for (Field<JSONB> column : List.of(other, DSL.jsonbGetAttribute(ABOUT, "within"))) {
      Field<String> attribute = DSL.jsonbGetAttributeAsText(column, "language");
      assertThatThrownBy(() -> tagged().languageOf(attribute, languages))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("no component for the column");
      assertThatThrownBy(() -> tagged().facets(attribute)).isInstanceOf(UsageException.class);
    }
    assertThatThrownBy(() -> tagged().facets(DSL.jsonbGetAttributeAsText(views, "language")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the column views is of type integer");
  }

  @Test
  void refuses_an_attribute_whose_name_each_row_tells() {
    Field<String> told = DSL.jsonbGetAttributeAsText(ABOUT, BODY);
    Field<String> unnamed =
        DSL.jsonbGetAttributeAsText(ABOUT, DSL.inline(null, SQLDataType.VARCHAR));
    assertThatThrownBy(() -> tagged().facets(told))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a name of its own");
    assertThatThrownBy(() -> tagged().languageOf(unnamed, Map.of("en", "english")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a name of its own");
  }

  @Test
  void refuses_attributes_and_languages_that_no_row_can_have() {
    for (String name : new String[] {"\0", "a\0b", "\uD83D", "\uDE00a"}) {
      assertThatThrownBy(() -> tagged().facets(about(name)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("no row can have");
      assertThatThrownBy(() -> tagged().languageOf(about(name), Map.of("en", "english")))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("no row can have");
      assertThatThrownBy(() -> tagged().languageOf(about("language"), Map.of(name, "english")))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("no row can have");
    }
    Map<String, String> nothing = new HashMap<>();
    nothing.put(null, "english");
    assertThatThrownBy(() -> tagged().languageOf(about("language"), nothing))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the value is null");
  }

  @Test
  void searches_compares_and_identifies_by_columns_only() {
    Field<String> language = about("language");
    assertThatThrownBy(() -> tagged().text(language))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the attribute about ->> 'language' was named");
    assertThatThrownBy(() -> tagged().similar(language)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> tagged().id(language)).isInstanceOf(UsageException.class);
  }
}
