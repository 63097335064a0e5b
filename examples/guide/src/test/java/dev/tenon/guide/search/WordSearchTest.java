package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.BODY;
import static dev.tenon.guide.search.Articles.LANGUAGE;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.TITLE;
import static dev.tenon.guide.search.Articles.titles;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.core.search.TextHit;
import dev.tenon.core.search.TextResult;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Articles.class)
class WordSearchTest {

  @Test
  void a_word_that_is_not_wanted_leaves_the_order_of_the_others(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("once", "a disk, a cable and a screw"),
        Article.of("often", "disk disk disk"),
        Article.of("unwanted", "disk disk disk disk tape"));

    assertThat(titles(SEARCH.search(acme, "disk -tape").fetch().records()))
        .containsExactly("often", "once");
    assertThat(titles(SEARCH.search(acme, "-tape").fetch().records()))
        .containsExactlyInAnyOrder("often", "once");
  }

  @Test
  void finds_words_in_any_form_and_those_of_the_title_first(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("Storage", "What to do when a disk is full"),
        Article.of("Full disks", "How to make room"),
        Article.of("Network", "Cables and switches"));

    TextResult<Article> result = SEARCH.search(acme, "disk").fetch();

    assertThat(titles(result.records())).containsExactly("Full disks", "Storage");
    assertThat(result.hits())
        .extracting(TextHit::score)
        .isSortedAccordingTo((a, b) -> b.compareTo(a));
    assertThat(result.hits()).allSatisfy(hit -> assertThat(hit.headline()).isEmpty());
  }

  @Test
  void understands_quotes_or_and_minus(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("kilo lima mike", null),
        Article.of("lima kilo", null),
        Article.of("november", null));

    assertThat(titles(SEARCH.search(acme, "\"kilo lima\"").fetch().records()))
        .containsExactly("kilo lima mike");
    assertThat(SEARCH.search(acme, "lima or november").fetch().hits()).hasSize(3);
    assertThat(titles(SEARCH.search(acme, "kilo -mike").fetch().records()))
        .containsExactly("lima kilo");
  }

  @Test
  void asks_each_row_in_its_own_language(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("Houses", "english").in("en"),
        Article.of("Häuser", "german").in("de"),
        Article.of("haus", "as it is written").in("xx"));

    assertThat(titles(SEARCH.search(acme, "Haus").fetch().records()))
        .containsExactlyInAnyOrder("Häuser", "haus");
    assertThat(titles(SEARCH.search(acme, "house").fetch().records())).containsExactly("Houses");
    assertThat(titles(SEARCH.search(acme, "Haus").where(LANGUAGE.eq("de")).fetch().records()))
        .containsExactly("Häuser");
  }

  @Test
  void keeps_rows_out_that_are_in_no_declared_language(TenantDatabase tenants) {
    assertThatThrownBy(() -> write(tenants.as(ACME), Article.of("tlhIngan", "Hol").in("tlh")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("articles_search_language");
  }

  @Test
  void tells_how_many_rows_match(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, numbered(25));

    TextResult<Article> result = SEARCH.search(acme, "disk").top(7).fetch();

    assertThat(result.hits()).hasSize(7);
    assertThat(result.matches()).isEqualTo(25);
    assertThat(result.truncated()).isFalse();
    assertThat(SEARCH.search(acme, "disk").top(7).ranked(25).fetch().truncated()).isFalse();
  }

  @Test
  void says_that_a_better_row_may_be_missing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, numbered(25));

    TextResult<Article> result = SEARCH.search(acme, "disk").top(7).ranked(24).fetch();

    assertThat(result.truncated()).isTrue();
    assertThat(result.matches()).isEqualTo(25);
    assertThat(result.hits()).hasSize(7);
  }

  @Test
  void returns_no_more_rows_than_may_be_rated(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, numbered(25));

    TextResult<Article> result = SEARCH.search(acme, "disk").ranked(5).fetch();

    assertThat(result.hits()).hasSize(5);
    assertThat(result.matches()).isBetween(5L, 25L);
    assertThat(result.truncated()).isTrue();
  }

  private static Article[] numbered(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Article.of("disk " + i, null))
        .toArray(Article[]::new);
  }

  @Test
  void orders_rows_of_the_same_score_by_their_identifiers(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, numbered(30));

    List<Article> found = SEARCH.search(acme, "disk").top(30).fetch().records();

    assertThat(found).extracting(article -> article.id().toString()).isSorted();
  }

  @Test
  void tells_nothing_found_from_nothing_asked(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("The who", "and the what").in("en"));

    assertThat(SEARCH.search(acme, "zebra").fetch())
        .isEqualTo(new TextResult<Article>(List.of(), 0, false, false));
    for (String words : List.of("", "  \t\n", "!?", "'", "\"\"", "-", "()")) {
      assertThat(SEARCH.search(acme, words).fetch())
          .as(words)
          .isEqualTo(new TextResult<Article>(List.of(), 0, false, true));
    }
  }

  @Test
  void a_stop_word_of_one_language_is_a_word_of_another(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("The who", "and the what").in("en"));

    assertThat(SEARCH.search(acme, "the").fetch())
        .isEqualTo(new TextResult<Article>(List.of(), 0, false, false));

    write(acme, Article.of("Who is the", "als Fremdwort").in("de"));
    assertThat(titles(SEARCH.search(acme, "the").fetch().records())).containsExactly("Who is the");
  }

  record Heading(String title, UUID id) {}

  @Test
  void reads_hits_into_another_record(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("Full disks", "body"));

    assertThat(SEARCH.search(acme, "disk").into(Heading.class).headline(BODY).fetch().records())
        .extracting(Heading::title)
        .containsExactly("Full disks");
  }

  @Test
  void sees_no_row_of_another_tenant_and_none_without_one(
      TenantDatabase tenants, Database database) {
    write(tenants.as(Articles.BOLT), Article.of("disk", null));

    assertThat(SEARCH.search(tenants.as(ACME), "disk").fetch().matches()).isZero();
    assertThatThrownBy(() -> SEARCH.search(database, "disk"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a tenant");
  }

  @Test
  void takes_one_round_trip(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    write(acme, numbered(3));
    SEARCH.search(acme, "disk").fetch();
    queries.clear();

    SEARCH.search(acme, "disk").where(TITLE.ne("x")).headline(TITLE).fetch();

    assertThat(queries).hasSelects(1).hasRoundTrips(1);
  }

  @Test
  void runs_in_a_transaction_and_sees_what_it_wrote(TenantDatabase tenants) {
    tenants
        .as(ACME)
        .transaction(
            transaction -> {
              assertThat(SEARCH.search(transaction, "disk").fetch().matches()).isZero();
              write(transaction, numbered(2));
              assertThat(SEARCH.search(transaction, "disk").fetch().matches()).isEqualTo(2);
            });
  }

  @Test
  void goes_into_a_query_of_the_applications_own(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("Storage", "a disk"), Article.of("Disks", null));

    assertThat(
            acme.sql()
                .select(TITLE)
                .from(Articles.ARTICLES)
                .where(SEARCH.condition("disk").and(TITLE.ne("none")))
                .orderBy(SEARCH.rank("disk").desc())
                .fetch(TITLE))
        .containsExactly("Disks", "Storage");
  }

  @Test
  void explains_its_plan(TenantDatabase tenants) {
    assertThat(SEARCH.search(tenants.as(ACME), "disk").explain()).contains("Scan", "articles");
  }

  @Test
  void refuses_what_it_was_not_declared_for(TenantDatabase tenants) {
    var query = SEARCH.search(tenants.as(ACME), "disk");

    assertThatThrownBy(() -> query.headline(LANGUAGE))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("[title, body]");
    assertThatThrownBy(() -> query.top(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> query.ranked(1_000_001)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> query.into(Unknown.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("secret");
    assertThatThrownBy(() -> query.where(DSL.condition("nothing = 1")).fetch())
        .isInstanceOf(UsageException.class);
  }

  record Unknown(UUID id, String secret) {}
}
