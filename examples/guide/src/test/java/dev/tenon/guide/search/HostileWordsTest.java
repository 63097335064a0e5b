package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.BODY;
import static dev.tenon.guide.search.Articles.SEARCH;
import static dev.tenon.guide.search.Articles.TITLE;
import static dev.tenon.guide.search.Articles.TOPIC;
import static dev.tenon.guide.search.Articles.titles;
import static dev.tenon.guide.search.Articles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.search.Facets;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nothing that a user types, and nothing in a row, is syntax. */
@TenonTest(schema = Articles.class)
class HostileWordsTest {

  private static final List<String> HOSTILE =
      List.of(
          "'",
          "''",
          "\\",
          "\\'",
          "'\\",
          "disk'",
          "disk\\",
          "disk':*",
          "disk & !",
          "disk | (",
          "!disk",
          "disk <-> ",
          "disk:A",
          ":*",
          "'; drop table articles; --",
          "\" or 1=1 --",
          "?",
          "$1",
          "{0}",
          "%s",
          "%",
          "_",
          ".*",
          "(",
          "[",
          "a{",
          "*",
          "\\m",
          "😀",
          "e\u0301",
          "\u202Edisk",
          "\uFDD0disk\uFDD1",
          "<mark>",
          "a\tb\nc",
          "disk".repeat(250));

  @Test
  void any_text_is_taken_for_words(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    write(acme, Article.of("disk", "b"));
    for (String text : HOSTILE) {
      assertThat(SEARCH.search(acme, text).headline(BODY).fetch().truncated()).as(text).isFalse();
      assertThat(SEARCH.prefix(acme, text).headline(TITLE).fetch().truncated()).as(text).isFalse();
      assertThat(SEARCH.similar(acme, TITLE, text).fetch().truncated()).as(text).isFalse();
      assertThat(SEARCH.similarWords(acme, TITLE, text).fetch().truncated()).as(text).isFalse();
      assertThat(SEARCH.didYouMean(acme, text).size()).as(text).isBetween(0, 12);
      assertThat(SEARCH.search(acme, "disk").where(TOPIC.eq(text)).fetch().hits()).isEmpty();
    }
    assertThat(SEARCH.search(acme, "disk").fetch().matches()).isEqualTo(1);
  }

  @Test
  void any_text_comes_back_as_it_was_written(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (String text : HOSTILE) {
      write(acme, Article.of("kilo " + text, text).about(text));
    }

    assertThat(titles(SEARCH.search(acme, "kilo").top(100).fetch().records()))
        .containsExactlyInAnyOrderElementsOf(HOSTILE.stream().map(text -> "kilo " + text).toList());
    assertThat(SEARCH.search(acme, "kilo").facets(TOPIC).of(TOPIC).counts())
        .extracting(Facets.Count::value)
        .containsExactlyInAnyOrderElementsOf(HOSTILE);
    for (String text : HOSTILE) {
      assertThat(SEARCH.search(acme, "kilo").where(TOPIC.eq(text)).fetch().matches()).isEqualTo(1);
    }
  }

  @Test
  void what_the_server_cannot_hold_is_refused_before_it_is_sent(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (String text : List.of("nul \u0000", "half \ud800 pair", "x".repeat(1_001))) {
      assertThatThrownBy(() -> SEARCH.search(acme, text))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("TextSearch of Article on articles.search");
      assertThatThrownBy(() -> SEARCH.prefix(acme, text)).isInstanceOf(InvalidDataException.class);
      assertThatThrownBy(() -> SEARCH.similar(acme, TITLE, text))
          .isInstanceOf(InvalidDataException.class);
      assertThatThrownBy(() -> SEARCH.didYouMean(acme, text))
          .isInstanceOf(InvalidDataException.class);
      assertThatThrownBy(() -> SEARCH.condition(text)).isInstanceOf(InvalidDataException.class);
    }
    assertThatThrownBy(
            () -> SEARCH.search(acme, "disk").where(TOPIC.eq("half \ud800 pair")).fetch())
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("condition of");
    assertThatThrownBy(() -> SEARCH.search(acme, "disk").where(TOPIC.eq("\u0000")).fetch())
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("where: condition of TextSearch of Article on articles.fetch")
        .hasMessageContaining("fix: take it out of the filter");
    assertThatThrownBy(() -> SEARCH.search(acme, "\u0000"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("fix: take it out of the words");
  }
}
