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

import dev.tenon.core.UsageException;
import dev.tenon.core.search.TextResult;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import java.util.List;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Articles.class)
class SimilarTextsTest {

  private static List<String> similar(TenantSession session, String text) {
    return titles(SEARCH.similar(session, TITLE, text).fetch().records());
  }

  @Test
  void finds_what_is_written_much_like_it_the_most_alike_first(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("postgres", null),
        Article.of("Postgresql", null),
        Article.of("cables", null));

    assertThat(similar(acme, "postgers")).containsExactly("postgres", "Postgresql");
    assertThat(SEARCH.similar(acme, TITLE, "postgres").fetch().hits().get(0).score()).isEqualTo(1);
  }

  @Test
  void finds_words_within_a_longer_text(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("long", "how to keep a postgres from running out of disk"));

    assertThat(SEARCH.similar(acme, BODY, "postgers").fetch().hits()).isEmpty();
    assertThat(SEARCH.similarWords(acme, BODY, "postgre").fetch().hits()).hasSize(1);
    assertThat(SEARCH.similarWords(acme, BODY, "postgers", 0.5).fetch().hits()).hasSize(1);
  }

  @Test
  void takes_a_threshold_that_ends_with_the_search(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("postgres", null));

    tenants
        .as(ACME)
        .transaction(
            transaction -> {
              assertThat(SEARCH.similar(transaction, TITLE, "post", 0.9).fetch().hits()).isEmpty();
              assertThat(SEARCH.similar(transaction, TITLE, "post", 0.1).fetch().hits()).hasSize(1);
              assertThat(
                      transaction
                          .sql()
                          .fetchSingle("select current_setting('pg_trgm.similarity_threshold')")
                          .get(0, Double.class))
                  .isEqualTo(0.3);
            });
    for (int i = 0; i < 20; i++) {
      assertThat(SEARCH.similar(acme, TITLE, "post", 0.9).fetch().hits()).isEmpty();
      assertThat(
              acme.sql()
                  .fetchSingle(
                      "select 'post' % 'postgres', current_setting(?)",
                      "pg_trgm.similarity_threshold")
                  .get(0, Boolean.class))
          .isTrue();
    }
  }

  @Test
  void finds_the_beginning_of_a_word_by_one_or_two_letters(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("Ab initio", null),
        Article.of("(about) that", null),
        Article.of("crab", null),
        Article.of("C++ is not C", null));

    assertThat(similar(acme, "ab")).containsExactlyInAnyOrder("Ab initio", "(about) that");
    assertThat(similar(acme, " A ")).containsExactlyInAnyOrder("Ab initio", "(about) that");
    assertThat(similar(acme, "c+")).containsExactly("C++ is not C");
    assertThat(similar(acme, "(a")).containsExactly("(about) that");
  }

  @Test
  void tells_nothing_asked_from_nothing_found(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("disk", null));

    for (String text : List.of("", " ", "?!", "%", "😀")) {
      assertThat(SEARCH.similar(acme, TITLE, text).fetch())
          .isEqualTo(new TextResult<Article>(List.of(), 0, false, true));
    }
    assertThat(SEARCH.similar(acme, TITLE, "zebra").fetch().emptyQuery()).isFalse();
  }

  @Test
  void filters_counts_and_says_that_more_match(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("disk", null),
        Article.of("disc", null).in("de"),
        Article.of("disks", null));

    assertThat(SEARCH.similar(acme, TITLE, "disk").where(LANGUAGE.eq("en")).fetch().matches())
        .isEqualTo(2);
    TextResult<Article> result = SEARCH.similar(acme, TITLE, "disk", 0.1).ranked(2).top(1).fetch();
    assertThat(result.truncated()).isTrue();
    assertThat(result.hits()).hasSize(1);
  }

  @Test
  void takes_one_round_trip(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    SEARCH.similar(acme, TITLE, "disk").fetch();
    queries.clear();

    SEARCH.similar(acme, TITLE, "disk", 0.5).fetch();

    assertThat(queries).hasSelects(1).hasRoundTrips(1);
  }

  @Test
  void refuses_what_it_was_not_declared_for(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertThatThrownBy(() -> SEARCH.similar(acme, LANGUAGE, "e"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("[title, body]");
    for (double threshold : new double[] {0, -1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> SEARCH.similar(acme, TITLE, "disk", threshold))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("threshold");
    }
    assertThatThrownBy(() -> SEARCH.similar(acme, TITLE, "disk").headline(TITLE))
        .isInstanceOf(UsageException.class);
  }
}
