package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.BOLT;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.search.Suggestion;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Articles.class)
class SuggestionsTest {

  @Test
  void are_words_as_the_rows_have_them(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("Running databases", "Databases run"),
        Article.of("Databases", null),
        Article.of("Database", null));

    assertThat(SEARCH.didYouMean(acme, "running datbases"))
        .extracting(Suggestion::word, Suggestion::suggestion, Suggestion::rows)
        .first()
        .isEqualTo(org.assertj.core.groups.Tuple.tuple("datbases", "databases", 2L));
  }

  @Test
  void are_for_each_word_that_no_row_has_in_their_order(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("postgres disk", null));

    assertThat(SEARCH.didYouMean(acme, "postgers dsik disk"))
        .extracting(Suggestion::suggestion)
        .first()
        .isEqualTo("postgres");
    assertThat(SEARCH.didYouMean(acme, "Postgres DISK")).isEmpty();
    assertThat(SEARCH.didYouMean(acme, "zebra")).isEmpty();
    assertThat(SEARCH.didYouMean(acme, "")).isEmpty();
  }

  @Test
  void are_three_at_most_for_each(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("diska diskb diskc diskd diske", null));

    assertThat(SEARCH.didYouMean(acme, "diskx")).hasSize(3);
  }

  @Test
  void come_from_rows_of_the_tenant_only(TenantDatabase tenants) {
    write(tenants.as(BOLT), Article.of("postgres", null));
    TenantSession acme = tenants.as(ACME);
    assertThat(SEARCH.didYouMean(acme, "postgers")).isEmpty();

    write(acme, Article.of("postgres", null));
    assertThat(SEARCH.didYouMean(acme, "postgers"))
        .extracting(Suggestion::rows)
        .containsExactly(1L);
  }

  @Test
  void take_one_round_trip(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    SEARCH.didYouMean(acme, "disk");
    queries.clear();

    SEARCH.didYouMean(acme, "disk");

    assertThat(queries).hasSelects(1).hasRoundTrips(1);
  }
}
