package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.titles;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.search.Headline;
import dev.tenon.core.search.TextResult;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import java.util.List;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Articles.class)
class PrefixSearchTest {

  private static List<String> found(TenantSession session, String typed) {
    return titles(SEARCH.prefix(session, typed).fetch().records());
  }

  @Test
  void finds_a_word_at_each_letter_of_it(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("Running databases", null), Article.of("Cables", null));

    for (String word : List.of("running", "databases")) {
      for (int length = 1; length <= word.length(); length++) {
        assertThat(found(acme, word.substring(0, length)))
            .as(word.substring(0, length))
            .containsExactly("Running databases");
      }
    }
    assertThat(found(acme, "runningx")).isEmpty();
  }

  @Test
  void wants_all_words_but_the_last_whole(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("disk full", null), Article.of("disks full", null));

    assertThat(found(acme, "disk fu")).containsExactly("disk full");
    assertThat(found(acme, "FULL Dis")).containsExactlyInAnyOrder("disk full", "disks full");
    assertThat(found(acme, "dis full")).isEmpty();
  }

  @Test
  void finds_what_the_server_takes_apart_and_what_it_keeps_whole(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(
        acme,
        Article.of("wi-fi", null),
        Article.of("ann@example.com", null),
        Article.of("O'Brien", null));

    assertThat(found(acme, "wi-f")).containsExactly("wi-fi");
    assertThat(found(acme, "fi")).containsExactly("wi-fi");
    assertThat(found(acme, "ann@exam")).containsExactly("ann@example.com");
    assertThat(found(acme, "o'br")).containsExactly("O'Brien");
  }

  @Test
  void tells_nothing_asked_from_nothing_found(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("disk", null));

    assertThat(SEARCH.prefix(acme, " \u2003 ").fetch())
        .isEqualTo(new TextResult<Article>(List.of(), 0, false, true));
    assertThat(SEARCH.prefix(acme, "zeb").fetch())
        .isEqualTo(new TextResult<Article>(List.of(), 0, false, false));
  }

  @Test
  void marks_the_word_that_begins_so(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("Running databases", null));

    Headline headline =
        SEARCH
            .prefix(acme, "data")
            .headline(Articles.TITLE)
            .fetch()
            .hits()
            .get(0)
            .headline()
            .orElseThrow();

    assertThat(headline.html()).isEqualTo("Running <mark>databases</mark>");
  }

  @Test
  void takes_one_round_trip(TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    SEARCH.prefix(acme, "d").fetch();
    queries.clear();

    SEARCH.prefix(acme, "disk fu").fetch();

    assertThat(queries).hasSelects(1).hasRoundTrips(1);
  }
}
